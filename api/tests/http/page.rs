use crate::app::App;

#[tokio::test]
async fn the_page_and_its_parts_come_from_this_server_alone() {
    let app = App::start().await;
    let page = app.get("/").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = page.text().await.unwrap();
    for (path, media_type) in [("/app.js", "text/javascript"), ("/style.css", "text/css")] {
        assert!(html.contains(path), "{path}");
        let response = app.get(path).send().await.unwrap();
        let found = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(found.starts_with(media_type), "{found}");
    }
    // What the policy forbids would silently not work.
    for forbidden in ["<style", " style=", " onclick=", "<script>", "http://", "https://"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}
