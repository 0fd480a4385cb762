//! Where a store's API is: what of the address as the retailer typed it is the store, and which of
//! its store views is asked.

use flyball_http::{BaseUrl, BaseUrlError};
use http::uri::PathAndQuery;

/// The host of Adobe's own offer, which has no `/rest` and takes the store view as a header:
/// <https://developer.adobe.com/commerce/services/cloud/guides/rest/>.
const SAAS_HOST: &str = "api.commerce.adobe.com";
/// The view that stands for the values of all views.
const VIEW_ALL: &str = "all";
const VIEW_DEFAULT: &str = "default";

/// Whose values are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of the admin, which hold where no store view has its own.
    Admin,
    /// Those of the default store view.
    Default,
}

/// How paths of a store are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    form: Form,
    /// The store view that the retailer named.
    view: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `/rest/<view>/V1/…`, or `/rest/V1/…` for the default view: a view whose code is not
    /// `default` makes `/rest/default/V1/…` a path that leads nowhere
    /// (`Magento\Webapi\Controller\PathProcessor`).
    Rest,
    /// `/V1/…`, with the view in the header `Store`.
    Saas,
}

impl Paths {
    /// Finds the store's root in an address that may go on to `/rest`, `/rest/<view>` or
    /// `/rest/<view>/V1`.
    ///
    /// # Errors
    /// None that the address itself had not; what is left of it is a shorter one.
    pub(crate) fn of(base: &BaseUrl) -> Result<(Self, BaseUrl), BaseUrlError> {
        let text = base.to_string();
        let saas = base.host().ends_with(SAAS_HOST);
        let text = text.strip_suffix("/V1").unwrap_or(&text);
        if saas {
            let paths = Self { form: Form::Saas, view: None };
            return Ok((paths, BaseUrl::parse(text, base.reach())?));
        }
        let (root, view) = match text.strip_suffix("/rest") {
            Some(root) => (root, None),
            None => match text.rsplit_once("/rest/") {
                Some((root, view)) if is_view(view) => (root, Some(view)),
                Some(_) | None => (text, None),
            },
        };
        let view = view.filter(|view| *view != VIEW_DEFAULT).map(str::to_owned);
        Ok((Self { form: Form::Rest, view }, BaseUrl::parse(root, base.reach())?))
    }

    /// A GET of this resource, such as `products`, of these values.
    pub(crate) fn get(&self, scope: Scope, resource: &str, query: &str) -> http::Request<Vec<u8>> {
        let view = match (&self.view, scope) {
            (Some(view), _) => Some(view.as_str()),
            (None, Scope::Admin) => Some(VIEW_ALL),
            (None, Scope::Default) => None,
        };
        let path = match (self.form, view) {
            (Form::Rest, Some(view)) => format!("/rest/{view}/V1/{resource}"),
            (Form::Rest, None) => format!("/rest/V1/{resource}"),
            (Form::Saas, _) => format!("/V1/{resource}"),
        };
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        let mut request = http::Request::new(Vec::new());
        // Made of our own words and encoded values only, so it parses.
        if let Ok(path) = PathAndQuery::try_from(path) {
            *request.uri_mut() = path.into();
        }
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(http::header::ACCEPT, json);
        if self.form == Form::Saas {
            let view = http::HeaderValue::from_static(VIEW_DEFAULT);
            request.headers_mut().insert("store", view);
        }
        request
    }
}

/// A store view's code: letters, digits and underscores
/// (`Magento\Store\Model\Validation\StoreCodeValidator`).
fn is_view(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use flyball_http::Reach;

    use super::*;

    fn asked(base: &str, scope: Scope) -> (String, String, Option<String>) {
        let base = BaseUrl::parse(base, Reach::Public).unwrap();
        let (paths, root) = Paths::of(&base).unwrap();
        let request = paths.get(scope, "products", "a=b");
        let header = request.headers().get("store").map(|view| view.to_str().unwrap().to_owned());
        (root.to_string(), request.uri().to_string(), header)
    }

    #[test]
    fn an_address_is_understood_wherever_in_it_the_retailer_stopped_typing() {
        for (base, root, admin, default) in [
            ("https://shop.example", "https://shop.example", "/rest/all/V1", "/rest/V1"),
            ("https://shop.example/m2/", "https://shop.example/m2", "/rest/all/V1", "/rest/V1"),
            ("https://shop.example/rest", "https://shop.example", "/rest/all/V1", "/rest/V1"),
            ("https://shop.example/rest/V1/", "https://shop.example", "/rest/all/V1", "/rest/V1"),
            (
                "https://shop.example/m2/rest/default/V1",
                "https://shop.example/m2",
                "/rest/all/V1",
                "/rest/V1",
            ),
            (
                "https://shop.example/rest/de_view",
                "https://shop.example",
                "/rest/de_view/V1",
                "/rest/de_view/V1",
            ),
            (
                "https://shop.example/rest/de_view/V1",
                "https://shop.example",
                "/rest/de_view/V1",
                "/rest/de_view/V1",
            ),
        ] {
            let (found, uri, header) = asked(base, Scope::Admin);
            assert_eq!((found.as_str(), uri), (root, format!("{admin}/products?a=b")), "{base}");
            assert_eq!(header, None);
            assert_eq!(asked(base, Scope::Default).1, format!("{default}/products?a=b"), "{base}");
        }
    }

    #[test]
    fn adobes_own_offer_takes_the_view_as_a_header() {
        for base in [
            "https://na1.api.commerce.adobe.com/Tenant1",
            "https://na1.api.commerce.adobe.com/Tenant1/V1",
        ] {
            let (root, uri, header) = asked(base, Scope::Admin);
            assert_eq!(root, "https://na1.api.commerce.adobe.com/Tenant1");
            assert_eq!(uri, "/V1/products?a=b");
            assert_eq!(header.as_deref(), Some("default"));
        }
    }
}
