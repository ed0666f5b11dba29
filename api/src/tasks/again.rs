//! Another conversion of a stored upload.

use std::fmt;

use actix_web::{HttpRequest, HttpResponse, web};
use platform::dispatch;
use platform::queue::Job;
use platform::task::Status;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use utoipa::ToSchema;

use super::view::{FormatName, Options, TaskView};
use super::wishes::Wishes;
use super::{TaskAnswer, admit_work, find};
use crate::auth::caller::Caller;
use crate::problem::{Code, Problem};
use crate::request::body;
use crate::request::id::RequestId;
use crate::state::State;

/// What the upload is to become now.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body for the document; `Pairs` reads it")]
pub(crate) struct ConvertAgainRequest {
    new_format: FormatName,
    #[schema(inline)]
    #[serde(flatten)]
    options: Options,
}

/// Convert a task's upload again. The earlier result is no longer served.
#[utoipa::path(put, path = "/api/tasks/{id}", tag = "tasks", operation_id = "convert_again",
    security(("bearer" = [])),
    params(("id" = i64, Path, description = "The task's number.")),
    request_body(content(
        (ConvertAgainRequest = "application/json"),
        (ConvertAgainRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 202, description = "It will be converted again.", body = TaskAnswer),
        (status = 400, description = "The format or an option is not allowed."),
        (status = 410, description = "The upload is no longer kept."),
    ))]
pub(super) async fn convert_again(
    state: State,
    caller: Caller,
    id: web::Path<String>,
    request_id: RequestId,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let task = find(&state, caller, &id).await?;
    let Pairs(pairs) = body::read(&request, payload).await?;
    let mut wishes = Wishes::default();
    for (name, value) in &pairs {
        wishes.set(name, value)?;
    }
    let (format, options) = wishes.finish()?;
    // One that has not ended is counted already.
    if matches!(task.status, Status::Processed | Status::Failed) {
        admit_work(&state, caller.user()).await?;
    }
    let seams = state.seams.clone();
    let raised = state.to_the_end(async move {
        let name = (caller.user(), task.id);
        let id = Some(request_id.as_str());
        let raised = seams.db.convert_task_again(name, format, &options, id).await?;
        match raised {
            Some(task) => {
                dispatch::publish(&seams.db, &seams.queue, Job::of(&task)).await;
                Ok(task)
            }
            // It was there a moment ago, so that it was deleted or its upload is gone.
            None => match seams.db.task_of(name.0, name.1).await? {
                Some(_) => Err(Code::Expired.into()),
                None => Err(Code::TaskNotFound.into()),
            },
        }
    });
    let task = TaskView::of(&raised.await?, &state);
    let message = "The file will be converted again.";
    Ok(HttpResponse::Accepted().json(TaskAnswer { message, task }))
}

/// The members of an object or the fields of a form as text, in their order; `null` is left out.
pub(super) struct Pairs(pub(super) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts, numbers and truth values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            let text = match value {
                serde_json::Value::String(text) => text,
                serde_json::Value::Null => continue,
                serde_json::Value::Bool(truth) => truth.to_string(),
                serde_json::Value::Number(number) => plain(&number),
                _ => return Err(A::Error::custom("a value within a value")),
            };
            pairs.push((name, text));
        }
        Ok(Pairs(pairs))
    }
}

/// The number as text; to JSON `2.0` is the same as `2`.
fn plain(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_forms_give_the_same_pairs() {
        let json = r#"{"newFormat": "ogg", "bitrate": 96000.0, "keepTags": true, "gain": null}"#;
        let Pairs(from_json) = serde_json::from_str(json).unwrap();
        let form = "newFormat=ogg&bitrate=96000&keepTags=true";
        let Pairs(from_form) = serde_urlencoded::from_str(form).unwrap();
        assert_eq!(from_json, from_form);
    }

    #[test]
    fn nested_values_are_refused() {
        for bad in ["[]", "1", r#"{"a": []}"#, r#"{"a": {}}"#] {
            assert!(serde_json::from_str::<Pairs>(bad).is_err(), "{bad}");
        }
    }
}
