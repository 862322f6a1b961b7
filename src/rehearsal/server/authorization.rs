//! Who calls, by the credential in a `SigV4` Authorization header. Signatures are not checked.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// A credential scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `AKIA…`
    pub access_key_id: String,
    /// The Region that the request is signed for.
    pub region: String,
}

/// Reads `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
pub fn scope(headers: &HeaderMap) -> Option<Scope> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let parts = value.strip_prefix("AWS4-HMAC-SHA256")?;
    let credential = parts.split(',').find_map(|part| part.trim().strip_prefix("Credential="))?;
    let mut parts = credential.split('/');
    let (access_key_id, _date, region) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Scope { access_key_id: access_key_id.to_owned(), region: region.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_region_are_read_from_the_credential() {
        let mut headers = HeaderMap::new();
        assert_eq!(scope(&headers), None);
        let value =
            "AWS4-HMAC-SHA256 Credential=AKIA1/20261119/eu-west-1/ecs/aws4_request, SignedHeaders=host, Signature=00";
        headers.insert(AUTHORIZATION, value.parse().expect("a value"));
        let expected = Scope { access_key_id: "AKIA1".into(), region: "eu-west-1".into() };
        assert_eq!(scope(&headers), Some(expected));
        headers.insert(AUTHORIZATION, "Basic AAAA".parse().expect("a value"));
        assert_eq!(scope(&headers), None);
    }
}
