//! How the body is described that other products send.

use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// What another product sends: an object, or a list of them. What is in it is the product's affair.
pub struct ProductAlerts;

impl PartialSchema for ProductAlerts {
    fn schema() -> RefOr<Schema> {
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        OneOfBuilder::new().item(object()).item(ArrayBuilder::new().items(object())).into()
    }
}

impl ToSchema for ProductAlerts {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProductAlerts")
    }
}
