use serde_json::Value;

use super::still_works;
use crate::app::App;
use crate::raw;

/// Uploads under a name that is sent as these bytes, between quotes.
async fn upload(app: &App, token: &str, name: &str) -> String {
    let part = format!(
        "Content-Disposition: form-data; name=\"fileName\"; filename=\"{name}\"\r\n\r\nsome audio"
    );
    let format = "Content-Disposition: form-data; name=\"newFormat\"\r\n\r\nogg";
    raw::upload(app, token, &[&part, format]).await
}

#[tokio::test]
async fn no_name_leads_out_of_the_bucket_or_into_a_header() {
    let app = App::with(&["--max-waiting-tasks-per-user", "100000"]).await;
    let token = app.sign_up("ada").await;
    let long = "x".repeat(5000);
    let wide = "音".repeat(1000);
    let names = [
        "../../../etc/passwd",
        "..\\\\..\\\\boot.ini",
        "/etc/passwd",
        "C:\\\\a.mp3",
        "~/.ssh/id",
        ".",
        "..",
        "...",
        "a/..",
        "",
        " ",
        "\t",
        "%2e%2e%2fpasswd",
        "%00",
        "a\0b.mp3",
        "a%0d%0aX: y",
        "a;b=c",
        "a; filename=b",
        "con",
        "nul.mp3",
        "a\\\"b",
        "<script>alert(1)</script>.mp3",
        "$(touch x)",
        "`id`",
        "a|b",
        "'; drop table tasks; --",
        "\u{202e}3pm.exe",
        "\u{feff}a",
        "a\u{2028}b",
        "-rf",
        "--help",
        ".htaccess",
        "a.mp3.",
        "a.mp3 ",
        "🎵.mp3",
        &long,
        &wide,
    ];
    for name in names {
        let answer = upload(&app, &token, name).await;
        let (head, body) =
            answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{name}: {answer}"));
        let status = head.split(' ').nth(1).unwrap();
        if status != "202" {
            // The part's own headers can't be read with such a name in them.
            assert_eq!(status, "400", "{name}: {answer}");
            assert!(head.contains("application/problem+json"), "{name}: {answer}");
            continue;
        }
        let body: Value = serde_json::from_str(body).unwrap();
        let kept = body["task"]["uploaded_filename"].as_str().unwrap();
        assert!(!kept.contains(['/', '\\']) && !kept.contains(char::is_control), "{name}: {kept}");
        assert!((1..=255).contains(&kept.len()) && kept != "." && kept != "..", "{name}: {kept}");
        let file =
            format!("/api/files/{}?which=original", body["task"]["file_id"].as_str().unwrap());
        let response = app.get(&file).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        let shape = disposition.strip_prefix("attachment; filename=\"").unwrap();
        let (plain, extended) = shape.split_once("\"; filename*=UTF-8''").unwrap();
        assert!(
            !plain.contains(['"', '\\']) && !extended.contains(['"', ';', ' ']),
            "{disposition}"
        );
    }
    still_works(&app).await;
}

#[tokio::test]
async fn parts_with_odd_headers_are_refused_or_taken_but_never_break_the_server() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let many = "X-1: 1\r\n".repeat(100);
    let long = format!("X: {}\r\n", "x".repeat(100_000));
    let heads = [
        "",
        "\r\n",
        "Content-Disposition: form-data\r\n",
        "Content-Disposition: attachment; name=\"fileName\"\r\n",
        "Content-Disposition: form-data; name=fileName; name=newFormat\r\n",
        "Content-Disposition: form-data; name\r\n",
        "Content-Disposition: ;;;;\r\n",
        "Content-Disposition:\r\n",
        "Content-Disposition: form-data; name=\"\"\r\n",
        "Content-Disposition: form-data; name=\"fileName\r\n",
        "Content-Disposition: form-data; name=\"fileName\"; filename*=UTF-8''%zz\r\n",
        "Content-Disposition: form-data; name=\"fileName\"; filename*=x\r\n",
        "Content-Disposition: form-data; name=\"fileName\"; filename*=UTF-8''%ff%fe\r\n",
        "Content-Disposition: form-data; name=\"newFormat\"\r\nContent-Length: 99\r\n",
        "Content-Disposition: form-data; name=\"newFormat\"\r\nContent-Length: -1\r\n",
        "Content-Disposition: form-data; name=\"newFormat\"\r\nContent-Transfer-Encoding: base64\r\n",
        "Content-Disposition: form-data; name=\"newFormat\"\r\nContent-Type: multipart/mixed; boundary=b\r\n",
        "No colon\r\n",
        ": no name\r\n",
        &many,
        &long,
    ];
    for head in heads {
        let answer = raw::upload(&app, &token, &[&format!("{head}\r\nmp3")]).await;
        assert!(
            answer.starts_with("HTTP/1.1 4"),
            "{}: {answer}",
            head.chars().take(80).collect::<String>()
        );
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    still_works(&app).await;
}
