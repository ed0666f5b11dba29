//! The list of a user's tasks, page by page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use platform::db::Page;
use platform::task::Status;

use super::view::TaskView;
use crate::auth::caller::Caller;
use crate::problem::Problem;
use crate::request::query::{malformed, parameters};
use crate::state::State;

const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 200;

/// What part of the list is wanted.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    status: Option<Status>,
    limit: usize,
    /// Only tasks with a lower number.
    before: i64,
}

/// List your tasks, newest first.
#[utoipa::path(get, path = "/api/tasks", tag = "tasks", operation_id = "list_tasks",
    security(("bearer" = [])),
    params(
        ("status" = Option<super::view::StatusName>, Query, description = "Only tasks in this state."),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Tasks in a page; by default 50."),
        ("cursor" = Option<String>, Query, nullable = false, pattern = "^0*[1-9a-f][0-9a-f]*$", max_length = 15, description = "Where the page starts: from the `Link` of the one before."),
    ),
    responses((status = 200, description = "A page of tasks.", body = [TaskView],
        headers(("Link" = String, description = "The address of the next page, if there is one.")))))]
pub(super) async fn list(
    state: State,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::of(request.query_string())?;
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX - 1);
    // One more than asked for tells whether there is a next page.
    let page = Page { status: wanted.status, before: wanted.before, limit: limit + 1 };
    let mut tasks = state.seams.db.list_tasks(caller.user(), page).await?;
    let more = tasks.len() > wanted.limit;
    tasks.truncate(wanted.limit);
    let mut response = HttpResponse::Ok();
    if let Some(last) = tasks.last().filter(|_| more) {
        response.insert_header((header::LINK, wanted.link_after(last.id)));
    }
    Ok(response.json(tasks.iter().map(|task| TaskView::of(task, &state)).collect::<Vec<_>>()))
}

impl Wanted {
    fn of(query: &str) -> Result<Self, Problem> {
        let [status, limit, cursor] = parameters(query, ["status", "limit", "cursor"])?;
        Ok(Self {
            status: status.map(|name| parse_status(&name)).transpose()?,
            limit: limit.map_or(Ok(DEFAULT_LIMIT), |text| parse_limit(&text))?,
            before: cursor.map_or(Ok(i64::MAX), |text| parse_cursor(&text))?,
        })
    }

    fn link_after(&self, last: i64) -> String {
        let status = self.status.map_or_else(String::new, |status| format!("&status={status}"));
        let limit = self.limit;
        format!("</api/tasks?limit={limit}{status}&cursor={last:x}>; rel=\"next\"")
    }
}

fn parse_status(name: &str) -> Result<Status, Problem> {
    name.parse()
        .map_err(|()| malformed("status is one of uploaded, processing, processed and failed."))
}

fn parse_limit(text: &str) -> Result<usize, Problem> {
    let limit = text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
    limit.ok_or_else(|| malformed(format!("limit is a number from 1 to {LARGEST_LIMIT}.")))
}

fn parse_cursor(text: &str) -> Result<i64, Problem> {
    let number = i64::from_str_radix(text, 16).ok().filter(|number| *number > 0);
    number.ok_or_else(|| malformed("cursor is not one that a Link of this list named."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_page_after() {
        let first = Wanted::of("status=failed&limit=2").unwrap();
        let link = first.link_after(0xabc);
        let query = link.split(['?', '>']).nth(1).unwrap();
        assert_eq!(Wanted::of(query).unwrap(), Wanted { before: 0xabc, ..first });
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for bad in [
            "limit=0",
            "limit=201",
            "limit=x",
            "limit=",
            "status=done",
            "status=Failed",
            "cursor=",
            "cursor=-1",
            "cursor=xyz",
            "cursor=ffffffffffffffffff",
            "page=2",
        ] {
            assert!(Wanted::of(bad).is_err(), "{bad}");
        }
    }
}
