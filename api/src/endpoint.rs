//! One address with its methods. Actix would answer a wrong method with an empty 404 or 405; here
//! it is a problem with `Allow`.

use actix_web::http::{Method, header};
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};

use crate::problem::{Code, Problem};

/// An address, and what happens on each method.
pub(crate) struct Endpoint {
    paths: Vec<&'static str>,
    routes: Vec<(Method, Box<dyn Fn() -> Route>)>,
}

impl Endpoint {
    /// An address after actix's pattern language, such as `/api/tasks/{id}`.
    pub(crate) fn at(path: &'static str) -> Self {
        Self { paths: vec![path], routes: Vec::new() }
    }

    /// A second address that does the same.
    pub(crate) fn alias(mut self, path: &'static str) -> Self {
        self.paths.push(path);
        self
    }

    /// What `method` does.
    pub(crate) fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = {
            let method = method.clone();
            move || web::method(method.clone()).to(handler.clone())
        };
        self.routes.push((method, Box::new(route)));
        self
    }

    /// What a GET does; a HEAD is answered alike, without the body.
    pub(crate) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::GET, handler.clone()).on(Method::HEAD, handler)
    }

    /// The addresses.
    #[cfg(test)]
    pub(crate) fn paths(&self) -> &[&'static str] {
        &self.paths
    }

    /// The methods.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.routes.iter().map(|(method, _)| method)
    }

    /// Adds the address to the application.
    pub(crate) fn register(self, config: &mut web::ServiceConfig) {
        let allow = self.methods().map(Method::as_str).collect::<Vec<_>>().join(", ");
        for path in self.paths {
            let refuse = refuse(allow.clone());
            let mut resource = Resource::new(path).default_service(web::to(refuse));
            for (_, route) in &self.routes {
                resource = resource.route(route());
            }
            config.service(resource);
        }
    }
}

fn refuse(allow: String) -> impl Handler<(), Output = Result<&'static str, Problem>> {
    move || {
        let allow = allow.clone();
        async move {
            let detail = format!("This address takes {allow}.");
            Err(Problem::new(Code::MethodNotAllowed, detail).header(header::ALLOW, &allow))
        }
    }
}
