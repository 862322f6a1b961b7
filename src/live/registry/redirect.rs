//! Following a blob to where its registry keeps it.

use super::client::{Ask, Client, Target};
use super::errors::Doing;
use super::retry::Trouble;
use super::streaming;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::transport::Body;
use http::header::{LINK, LOCATION};
use http::{HeaderMap, Response, StatusCode, Uri};

/// Redirects followed for one blob.
const MOST: usize = 5;

/// Makes a GET once and follows its redirects. The login stays with the registry.
pub(super) async fn follow(client: &Client, ask: &Ask) -> Result<Response<Body>, Trouble> {
    let mut ask = ask.clone();
    for hop in 0..=MOST {
        let (answer, from) = client.exchange(&ask, streaming::empty(), None).await?;
        let status = answer.status();
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            if hop > 0 && status.is_client_error() && status != StatusCode::NOT_FOUND {
                // A signed address that was too old: the registry gives a new one.
                return Err(Trouble::Passing { fault: ask.doing.answered(status, b""), after: None });
            }
            return Ok(answer);
        }
        ask.target = Target::Absolute(location(answer.headers(), &from, &ask.doing)?);
    }
    let why = format!("more than {MOST} redirects");
    Err(ask.doing.fault(FaultKind::Refused, "TooManyRedirects", why).into())
}

/// The `Location` of an answer from `base`, absolute.
pub(super) fn location(headers: &HeaderMap, base: &Uri, doing: &Doing) -> Result<Uri, Fault> {
    let text = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    resolve(text, base).ok_or_else(|| {
        doing.fault(FaultKind::Refused, "LocationMalformed", format!("it answered with the location `{text}`"))
    })
}

/// The next page that an answer from `base` links to, of the same registry.
pub(super) fn next_page(headers: &HeaderMap, base: &Uri) -> Option<Uri> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    let next = links
        .filter_map(|link| link.trim().strip_prefix('<')?.split_once('>'))
        .find(|(_, parameters)| parameters.split(';').any(|one| matches!(one.trim(), "rel=\"next\"" | "rel=next")))?;
    resolve(next.0, base).filter(|uri| uri.authority() == base.authority() && uri.scheme() == base.scheme())
}

fn resolve(text: &str, base: &Uri) -> Option<Uri> {
    if text.is_empty() {
        return None;
    }
    let scheme = base.scheme_str()?;
    let authority = base.authority()?;
    if let Some(rest) = text.strip_prefix("//") {
        return format!("{scheme}://{rest}").parse().ok();
    }
    if text.starts_with('/') {
        return format!("{scheme}://{authority}{text}").parse().ok();
    }
    if text.contains("://") {
        let uri: Uri = text.parse().ok()?;
        return Some(uri).filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some());
    }
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{scheme}://{authority}{folder}/{text}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_location_is_resolved() {
        let base: Uri = "https://reg.example:5000/v2/shop/blobs/x?a=b".parse().unwrap();
        let cases = [
            ("https://bucket.s3/y?sig=1%2F2", Some("https://bucket.s3/y?sig=1%2F2")),
            ("/v2/shop/blobs/uploads/1?_state=s", Some("https://reg.example:5000/v2/shop/blobs/uploads/1?_state=s")),
            ("//other/z", Some("https://other/z")),
            ("y?z", Some("https://reg.example:5000/v2/shop/blobs/y?z")),
            ("ftp://other/z", None),
            ("", None),
            ("https://", None),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text, &base).map(|uri| uri.to_string()).as_deref(), expected, "{text}");
        }
    }
}
