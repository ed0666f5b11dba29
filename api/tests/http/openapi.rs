use serde_json::Value;

use crate::app::App;

async fn document(app: &App) -> Value {
    app.get("/openapi.json").send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_document_is_openapi_3_1_with_a_way_to_log_in() {
    let app = App::start().await;
    let document = document(&app).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["link"]["in"], "query");
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let app = App::start().await;
    let document = document(&app).await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let target = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(target.is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.push(reference.clone());
            }
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[tokio::test]
async fn every_operation_has_a_name_a_summary_and_its_failures() {
    let app = App::start().await;
    let document = document(&app).await;
    let mut names = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(operation["summary"].is_string(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            for (status, response) in responses {
                if status == "default" || status.starts_with(['4', '5']) {
                    let schema = &response["content"]["application/problem+json"]["schema"];
                    assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{method} {path}");
                }
            }
            assert!(responses.contains_key("429") && responses.contains_key("default"));
            if operation["security"].is_array() {
                assert!(responses.contains_key("401"), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_tasks_schema_has_what_a_task_has() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let task = app.upload(&token, "a.mp3", "ogg").await;
    let document = document(&app).await;
    let schema = document["components"]["schemas"]["Task"]["properties"].as_object().unwrap();
    let mut described: Vec<&String> = schema.keys().collect();
    let mut sent: Vec<&String> = task.as_object().unwrap().keys().collect();
    described.sort();
    sent.sort();
    assert_eq!(described, sent);
}

#[tokio::test]
async fn the_page_to_read_it_is_served_without_other_servers() {
    let app = App::start().await;
    let front = app.get("/docs").send().await.unwrap();
    assert_eq!(
        (front.status().as_u16(), &front.headers()["location"].to_str().unwrap()),
        (308, &"/docs/")
    );
    let page = app.get("/docs/").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("'self'"));
    let html = page.text().await.unwrap();
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(html.contains(file), "{file}");
        let response = app.get(&format!("/docs/{file}")).send().await.unwrap();
        assert_eq!(response.status(), 200, "{file}");
    }
    let start = app.get("/docs/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(start.contains("/openapi.json"), "{start}");
}
