//! Checks a blob while it passes: the last of it is let through only when size and digest are right, so that a
//! registry never sees the end of a wrong one.

use super::errors::Doing;
use super::hashing::Hashing;
use super::retry::Trouble;
use super::streaming::Chunks;
use super::telling::Telling;
use crate::domain::image_facts::Blob;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

struct Passing {
    source: Chunks,
    hashing: Option<Hashing>,
    seen: u64,
    /// Waits until more has come, or until it is known to be the end of the right blob.
    held: Option<Bytes>,
    blob: Blob,
    doing: Doing,
    telling: Option<Telling>,
}

/// The same bytes, checked against what `blob` says; its movement is told.
pub(super) fn verified(source: Chunks, blob: &Blob, doing: Doing, telling: Option<Telling>) -> Chunks {
    let hashing = Some(Hashing::like(&blob.digest));
    let passing = Passing { source, hashing, seen: 0, held: None, blob: blob.clone(), doing, telling };
    Box::pin(stream::try_unfold(passing, |mut passing| async move {
        Ok(passing.next().await?.map(|chunk| (chunk, passing)))
    }))
}

impl Passing {
    async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            let Some(hashing) = &mut self.hashing else { return Ok(None) };
            let Some(chunk) = self.source.next().await else { return self.end() };
            let chunk = chunk?;
            if chunk.is_empty() {
                continue;
            }
            hashing.update(&chunk);
            let before = self.seen;
            self.seen += chunk.len() as u64;
            if self.seen > self.blob.size {
                let why = format!("more came than the {} bytes that {} has", self.blob.size, self.blob.digest);
                return Err(self.doing.unverified(why).into());
            }
            if let Some(telling) = &self.telling {
                telling.moved(before, self.seen);
            }
            if let Some(ready) = self.held.replace(chunk) {
                return Ok(Some(ready));
            }
        }
    }

    fn end(&mut self) -> Result<Option<Bytes>, Trouble> {
        let Some(hashing) = self.hashing.take() else { return Ok(None) };
        if self.seen < self.blob.size {
            let why = format!("only {} of the {} bytes of {} came", self.seen, self.blob.size, self.blob.digest);
            return Err(Trouble::Passing { fault: self.doing.unverified(why).retryable(), after: None });
        }
        let came = hashing.finish();
        if came != self.blob.digest.to_string() {
            let why = format!("what came is {came}, not {}", self.blob.digest);
            return Err(self.doing.unverified(why).into());
        }
        Ok(self.held.take())
    }
}

#[cfg(test)]
mod tests {
    use super::super::hashing::sha256;
    use super::*;
    use crate::effects::fault::FaultKind;

    async fn pass(chunks: &[&'static str], content: &str) -> (Vec<Bytes>, Option<Trouble>) {
        let source =
            stream::iter(chunks.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect::<Vec<_>>());
        let blob = Blob { digest: sha256(content.as_bytes()), size: content.len() as u64 };
        let doing = Doing { host: "h".into(), repository: "r".into(), what: "read it".into() };
        let mut passed = Vec::new();
        let mut checked = verified(Box::pin(source), &blob, doing, None);
        while let Some(chunk) = checked.next().await {
            match chunk {
                Ok(chunk) => passed.push(chunk),
                Err(trouble) => return (passed, Some(trouble)),
            }
        }
        (passed, None)
    }

    #[tokio::test]
    async fn the_right_bytes_pass_whatever_the_pieces() {
        for chunks in [&["abcdef"][..], &["abc", "def"], &["", "ab", "", "cdef", ""]] {
            let (passed, trouble) = pass(chunks, "abcdef").await;
            assert_eq!(passed.concat(), b"abcdef");
            assert!(trouble.is_none(), "{trouble:?}");
        }
        let (passed, trouble) = pass(&[], "").await;
        assert!(passed.is_empty() && trouble.is_none(), "{trouble:?}");
    }

    #[tokio::test]
    async fn the_end_of_wrong_bytes_never_passes() {
        let cases: [(&[&'static str], &str); 4] = [
            (&["abc", "deX"], "what came is sha256:"),
            (&["abcdeX"], "what came is sha256:"),
            (&["abc", "defg"], "more came than the 6 bytes"),
            (&["abcdef", "g"], "more came than the 6 bytes"),
        ];
        for (chunks, why) in cases {
            let (passed, trouble) = pass(chunks, "abcdef").await;
            assert!(passed.concat().len() < 6, "{chunks:?}");
            let Some(Trouble::Lasting(fault)) = trouble else { panic!("{chunks:?}: {trouble:?}") };
            assert_eq!(fault.kind, FaultKind::Verification);
            assert!(fault.message.contains(why), "{fault}");
        }
    }

    #[tokio::test]
    async fn an_early_end_may_pass() {
        let (passed, trouble) = pass(&["abc", "de"], "abcdef").await;
        assert_eq!(passed.concat(), b"abc");
        assert!(matches!(&trouble, Some(Trouble::Passing { fault, .. }) if fault.message.contains("only 5 of the 6")));
    }
}
