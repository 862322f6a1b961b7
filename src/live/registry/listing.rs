//! The tags of a repository, and deleting an image from one.

use super::client::{Ask, Target};
use super::errors;
use super::manifests::version;
use super::repository::{Repository, Right};
use crate::domain::image_reference::Reference;
use crate::effects::fault::{Fault, FaultKind};
use crate::live::local::naming;
use http::header::LINK;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;

/// The most that is read of a page of tags.
const PAGE: usize = 4 << 20;
/// So many pages are read at the most: a registry may say for ever that there is one more.
const PAGES: usize = 10_000;

const ENABLE: &str = "enable it in the registry's configuration: Distribution has `storage.delete.enabled`";
const BY_DIGEST: &str = "name the image by its digest, if all of its tags may go: `image::digest(…).without_tag()`";

impl Repository {
    /// All tags, in the registry's order. A repository that the registry does not know is an error.
    pub async fn tags(&self) -> Result<Vec<String>, Fault> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let doing = self.doing("list", "tags");
        let mut path = format!("/v2/{}/tags/list?n=1000", self.name);
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let ask = Ask {
                target: Target::Path(path.clone()),
                ..self.ask(Method::GET, "tags/list", Right::Pull, doing.clone())
            };
            let answer = self.client.ask(&ask, PAGE).await?;
            if answer.status != StatusCode::OK {
                return Err(doing.answered(answer.status, &answer.body));
            }
            let page: Page = serde_json::from_slice(&answer.body).map_err(|why| {
                doing.fault(FaultKind::Refused, "NotARegistry", format!("its answer is no list of tags: {why}"))
            })?;
            all.extend(page.tags.unwrap_or_default());
            match next(&answer.headers, &self.name) {
                Some(next) if next != path => path = next,
                _ => return Ok(all),
            }
        }
        Ok(all)
    }

    /// Deletes a tag, or by its digest an image with all of its tags; whether there was one.
    pub async fn delete(&self, image: &Reference) -> Result<bool, Fault> {
        let version = version(image);
        let doing = self.doing("delete", &format!("manifest `{version}`"));
        let ask =
            self.ask(Method::DELETE, &format!("manifests/{}", naming::segment(&version)), Right::Delete, doing.clone());
        let answer = self.client.ask(&ask, PAGE).await?;
        let complains = |code: &str| errors::complaints(&answer.body).iter().any(|one| one.code == code);
        match answer.status {
            StatusCode::NOT_FOUND if complains("MANIFEST_UNKNOWN") || complains("NAME_UNKNOWN") => Ok(false),
            status if status.is_success() => Ok(true),
            status => {
                let tag = image.digest().is_none();
                let (why, hint) = match status {
                    // Nobody says whether that is of tags alone.
                    _ if tag && (complains("UNSUPPORTED") || status == StatusCode::METHOD_NOT_ALLOWED) => {
                        ("it lets no images be deleted, or only by their digests", format!("{ENABLE}; or {BY_DIGEST}"))
                    }
                    _ if tag && complains("DIGEST_INVALID") => {
                        ("it deletes images by their digests alone, each with all of its tags", BY_DIGEST.to_owned())
                    }
                    StatusCode::METHOD_NOT_ALLOWED => ("it lets no images be deleted", ENABLE.to_owned()),
                    _ => return Err(doing.answered(status, &answer.body)),
                };
                Err(doing.fault(FaultKind::Refused, "DeletionUnsupported", why).hint(hint))
            }
        }
    }
}

/// The path of the next page: `Link: </v2/NAME/tags/list?last=…>; rel="next"`. Only of this repository.
fn next(headers: &HeaderMap, name: &str) -> Option<String> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let path = match target.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => target,
    };
    let of_ours = path.strip_prefix(&format!("/v2/{name}/tags/list"))?;
    (parameters.contains("next") && of_ours.starts_with('?')).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::next;
    use http::HeaderMap;

    #[test]
    fn the_next_page_is_one_of_the_same_repository() {
        let table = [
            (r#"</v2/shop/tags/list?last=b&n=2>; rel="next""#, Some("/v2/shop/tags/list?last=b&n=2")),
            (r#"<https://r.example/v2/shop/tags/list?n=2&last=b>; rel="next""#, Some("/v2/shop/tags/list?n=2&last=b")),
            (r#"</v2/other/tags/list?last=b>; rel="next""#, None),
            (r#"</v2/shop/tags/list>; rel="next""#, None),
            (r#"</v2/shop/tags/list?last=b>; rel="prev""#, None),
            ("</v2/shop", None),
            ("<https://r.example", None),
            ("", None),
        ];
        for (link, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("link", link.parse().expect("a header"));
            assert_eq!(next(&headers, "shop").as_deref(), expected, "{link}");
        }
        assert_eq!(next(&HeaderMap::new(), "shop"), None);
    }
}
