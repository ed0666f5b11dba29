//! Accounts: sign up, log in, log out.

pub(crate) mod caller;
mod credentials;
pub(crate) mod hashing;
pub(crate) mod session;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use platform::db::{NewUser, SignUp, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::endpoint::Endpoint;
use crate::limits::Origin;
use crate::problem::{Code, Problem};
use crate::request::body;
use crate::state::{Shared, State};
use caller::Caller;
use credentials::{Email, Password, Username};

pub(crate) fn routes() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/api/auth/signup").on(Method::POST, signup),
        Endpoint::at("/api/auth/login").on(Method::POST, login),
        Endpoint::at("/api/auth/logout").on(Method::POST, logout),
    ]
}

/// What a new account is made of.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignupRequest {
    /// 3 to 64 letters, digits, dots, underscores or hyphens; unique without regard to case.
    #[schema(required, nullable = false, min_length = 3, max_length = 64, example = "ada")]
    username: Option<String>,
    /// By default 8 to 128 characters.
    #[schema(required, nullable = false, min_length = 1, format = Password)]
    password1: Option<String>,
    /// The same again.
    #[schema(required, nullable = false, min_length = 1, format = Password)]
    password2: Option<String>,
    /// Where the mail about a finished conversion goes; unique without regard to case.
    #[schema(
        required,
        nullable = false,
        format = "email",
        max_length = 254,
        example = "ada@example.org"
    )]
    email: Option<String>,
}

/// Answer to a sign-up.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignupAnswer {
    #[schema(example = "The account was made.")]
    message: &'static str,
    /// A login, so that the new user need not log in.
    access_token: String,
}

/// A name and its password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginRequest {
    /// The user name, or the e-mail address.
    #[schema(required, nullable = false, min_length = 1, example = "ada")]
    username: Option<String>,
    #[schema(required, nullable = false, min_length = 1, format = Password)]
    password: Option<String>,
}

/// Answer to a login.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginAnswer {
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the token works.
    #[schema(example = 86400)]
    expires_in: u64,
}

/// Make an account.
#[utoipa::path(post, path = "/api/auth/signup", tag = "accounts", operation_id = "signup",
    request_body(content(
        (SignupRequest = "application/json"),
        (SignupRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 201, description = "The account was made.", body = SignupAnswer),
        (status = 400, description = "A rule was broken."),
        (status = 409, description = "The name or the address is taken."),
    ))]
async fn signup(
    state: State,
    origin: Origin,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    state.limits.admit_login(origin.address)?;
    let form: SignupRequest = body::read(&request, payload).await?;
    let username: Username = required("username", form.username)?.parse()?;
    let email: Email = required("email", form.email)?.parse()?;
    let password1 = required("password1", form.password1)?;
    let password2 = required("password2", form.password2)?;
    let password = Password::chosen(password1, &password2, state.config.password_policy)?;
    let hash = state.hasher.hash(password).await?;
    let new = NewUser { username: username.as_str(), email: email.as_str(), password_hash: &hash };
    match state.seams.db.create_user(&new).await? {
        SignUp::Done(user) => {
            let (access_token, _) = state.sessions.open(user.id, state.seams.db.now())?;
            let message = "The account was made.";
            Ok(HttpResponse::Created().json(SignupAnswer { message, access_token }))
        }
        SignUp::UsernameTaken => Err(Code::UsernameTaken.into()),
        SignUp::EmailTaken => Err(Code::EmailTaken.into()),
    }
}

/// Log in.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", operation_id = "login",
    request_body(content(
        (LoginRequest = "application/json"),
        (LoginRequest = "application/x-www-form-urlencoded"),
    )),
    responses(
        (status = 200, description = "A token.", body = LoginAnswer),
        (status = 400, description = "The body lacks something."),
        (status = 401, description = "Invalid credentials, whichever of the two was wrong."),
    ))]
async fn login(
    state: State,
    origin: Origin,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    state.limits.admit_login(origin.address)?;
    let form: LoginRequest = body::read(&request, payload).await?;
    let name = required("username", form.username)?;
    let password = Password::given(required("password", form.password)?);
    let user = check(&state, &name, password).await?;
    let (access_token, lifetime) = state.sessions.open(user.id, state.seams.db.now())?;
    let expires_in = lifetime.as_secs();
    Ok(HttpResponse::Ok().json(LoginAnswer { access_token, token_type: "Bearer", expires_in }))
}

/// Log out: the token that is sent works no longer, on any instance.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", operation_id = "logout",
    security(("bearer" = [])),
    responses((status = 204, description = "Logged out.")))]
async fn logout(state: State, caller: Caller) -> Result<HttpResponse, Problem> {
    state.seams.db.revoke_token(caller.session.token, caller.session.expires_at).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The user with this name and password. An unknown name costs the same work as a wrong password.
async fn check(state: &Shared, name: &str, password: Password) -> Result<User, Problem> {
    let user = state.seams.db.find_user(name.trim()).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = state.hasher.verify(password, hash).await?;
    user.filter(|_| fits)
        .ok_or_else(|| Problem::new(Code::InvalidCredentials, "Invalid credentials"))
}

fn required(name: &'static str, value: Option<String>) -> Result<String, Problem> {
    value.filter(|text| !text.is_empty()).ok_or_else(|| {
        Problem::new(Code::MissingField, format!("The field {name} is missing or empty."))
    })
}
