//! What a handler takes from the body of a request, told by the types of its arguments, so that the description of the API
//! needs no second word about it.

use crate::{
    api::{Sent, shape},
    input::{Form, Json, Query},
    visit::Visit,
};
use axum::{
    body::Bytes,
    extract::{Multipart, Path, Request},
    http::HeaderMap,
};
use serde::de::DeserializeOwned;

/// What is taken from a body.
#[derive(Clone, Copy, Debug, Default)]
pub enum Takes {
    /// Nothing.
    #[default]
    Nothing,
    /// A form's fields.
    Form,
    /// JSON of this shape (JSON Schema).
    Json(fn() -> serde_json::Value),
    /// The body as it is: what it must be, only the handler knows.
    Raw,
}

/// An argument of a handler.
pub trait Argument {
    /// What it takes from the body.
    const TAKES: Takes = Takes::Nothing;
}

impl Argument for Visit {}
impl Argument for Query {}
impl Argument for HeaderMap {}
impl<T> Argument for Path<T> {}
impl Argument for Form {
    const TAKES: Takes = Takes::Form;
}
impl<T: DeserializeOwned> Argument for Json<T> {
    const TAKES: Takes = Takes::Json(shape::of::<T>);
}
impl Argument for Sent {
    const TAKES: Takes = Takes::Raw;
}
impl Argument for Bytes {
    const TAKES: Takes = Takes::Raw;
}
impl Argument for Request {
    const TAKES: Takes = Takes::Raw;
}
impl Argument for Multipart {
    const TAKES: Takes = Takes::Raw;
}

/// The arguments of a handler, as axum names them: a mark, then one type each. The last takes the body.
pub trait Taking {
    /// What they take from the body.
    fn takes() -> Takes;
}

impl Taking for ((),) {
    fn takes() -> Takes {
        Takes::Nothing
    }
}

macro_rules! taking {
    ($($before:ident)*, $last:ident) => {
        impl<M, $($before: Argument,)* $last: Argument> Taking for (M, $($before,)* $last,) {
            fn takes() -> Takes {
                $last::TAKES
            }
        }
    };
}
taking!(, A);
taking!(A, B);
taking!(A B, C);
taking!(A B C, D);
taking!(A B C D, E);
taking!(A B C D E, F);
