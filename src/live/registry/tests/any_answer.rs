//! Whatever a registry answers: no text of it is too strange, and none leads elsewhere than it may.

use super::super::challenge;
use super::super::errors::{self, Doing};
use super::super::redirect::{location, next_page};
use super::super::retry::retry_after;
use super::super::token::Realm;
use http::header::{DATE, LINK, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use proptest::prelude::*;

fn doing() -> Doing {
    Doing { host: "reg.example".into(), repository: "shop".into(), what: "read it".into() }
}

fn header(name: &HeaderName, value: &str) -> HeaderMap {
    HeaderValue::from_str(value).into_iter().map(|value| (name.clone(), value)).collect()
}

/// What addresses are made of, in any order.
const ADDRESS: &str = "(https?://|//|/|\\.\\./|[a-z]{1,6}\\.example|:[0-9]{1,6}|\\?|#|%|@|[ -~]){0,8}";

proptest! {
    #[test]
    fn a_refusal_is_told_whatever_it_says(status in 400_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let fault = doing().answered(StatusCode::from_u16(status).expect("a status"), &body);
        prop_assert!(fault.message.contains("`reg.example`") && !fault.code.is_empty());
        let _ = errors::expired(&body);
    }

    #[test]
    fn a_refusal_in_the_specifications_form_keeps_code_and_words(code in "[A-Z_]{1,20}", message in ".{0,40}") {
        let body = serde_json::json!({ "errors": [{ "code": code, "message": message, "detail": null }] }).to_string();
        let fault = doing().answered(StatusCode::CONFLICT, body.as_bytes());
        prop_assert!(fault.message.contains(&message) && fault.message.contains(&code), "{fault}");
    }

    #[test]
    fn a_location_is_an_address_or_refused(text in ADDRESS) {
        let base: Uri = "https://reg.example/v2/shop/blobs/uploads/".parse().expect("an address");
        if let Ok(uri) = location(&header(&LOCATION, &text), &base, &doing()) {
            prop_assert!(matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some(), "{uri}");
        }
    }

    #[test]
    fn the_next_page_never_leaves_the_registry(text in ADDRESS, rest in "[;,<> a-z=\"]{0,20}") {
        let base: Uri = "https://reg.example/v2/shop/referrers/x".parse().expect("an address");
        for link in [format!("<{text}>; rel=\"next\"{rest}"), format!("<{text}>{rest}")] {
            if let Some(uri) = next_page(&header(&LINK, &link), &base) {
                prop_assert_eq!(uri.authority(), base.authority(), "{}", link);
                prop_assert_eq!(uri.scheme_str(), Some("https"));
            }
        }
    }

    #[test]
    fn a_pause_is_a_time_or_nothing(after in "[0-9A-Za-z:, -]{0,40}", date in "[0-9A-Za-z:, -]{0,40}") {
        let mut headers = header(&RETRY_AFTER, &after);
        headers.extend(header(&DATE, &date));
        let read = retry_after(&headers);
        if let Ok(seconds) = after.trim().parse::<u64>() {
            prop_assert_eq!(read.map(|pause| pause.as_secs()), Some(seconds));
        }
    }

    #[test]
    fn a_realm_is_never_one_that_takes_a_password_out_of_tls(realm in ADDRESS, service in "[ -~]{0,20}") {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!("Bearer realm=\"{}\",service=\"{}\"", quoted(&realm), quoted(&service));
        let challenges = challenge::parse(&text);
        prop_assert_eq!(challenges.len(), 1);
        if let Ok(of) = Realm::of(&challenges[0], &doing())
            && of.check("https://reg.example", &doing()).is_ok()
        {
            prop_assert!(realm.starts_with("https:"), "{}", realm);
        }
    }
}
