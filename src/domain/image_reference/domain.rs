//! The grammar of a reference's domain: the registry's host and maybe its port.

use super::error::Flaw;
use super::grammar::unfit;

/// Labels of letters and digits with inner `-`, or `[…]` around an IPv6 address without a zone; then maybe `:digits`.
pub(super) fn check_domain(domain: &str) -> Result<(), Flaw> {
    let host = match domain.strip_prefix('[') {
        Some(address) => check_ipv6(address)?,
        None => check_labels(domain.split_once(':').map_or(domain, |(host, _)| host))?,
    };
    match domain.get(host..).and_then(|rest| rest.chars().next()) {
        None => Ok(()),
        Some(':') => check_port(domain.get(host + 1..).unwrap_or_default()).map_err(|flaw| flaw.shifted(host + 1)),
        Some(c) => Err(Flaw::format(host, format!("{c:?} may not follow the ']' of an address"))),
    }
}

/// Gives the bytes of `[address]`, of which `[` is taken already.
fn check_ipv6(address: &str) -> Result<usize, Flaw> {
    for (at, c) in address.char_indices() {
        match c {
            ']' if at == 0 => {
                return Err(Flaw::format(1, "the address between '[' and ']' is missing"));
            }
            ']' => return Ok(at + 2),
            '%' => {
                return Err(Flaw::format(at + 1, "an IPv6 address may not have a zone here")
                    .hint("leave out what starts at '%'"));
            }
            c if c.is_ascii_hexdigit() || c == ':' => {}
            c => return Err(unfit("an IPv6 address", at + 1, c)),
        }
    }
    Err(Flaw::format(address.len() + 1, "the ']' of the IPv6 address is missing"))
}

/// Gives the bytes of the host name.
fn check_labels(host: &str) -> Result<usize, Flaw> {
    let mut at = 0;
    for label in host.split('.') {
        if label.is_empty() {
            return Err(Flaw::format(at, "a registry's name may not have an empty part"));
        }
        if let Some((inner, c)) = label.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '-')) {
            return Err(unfit("a registry's name", at + inner, c));
        }
        if label.starts_with('-') {
            return Err(Flaw::format(at, "a part of a registry's name may not start with '-'"));
        }
        if label.ends_with('-') {
            return Err(Flaw::format(at + label.len() - 1, "a part of a registry's name may not end with '-'"));
        }
        at += label.len() + 1;
    }
    Ok(host.len())
}

fn check_port(port: &str) -> Result<(), Flaw> {
    if port.is_empty() {
        return Err(Flaw::format(0, "the port after ':' is empty"));
    }
    match port.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        Some((at, c)) => Err(Flaw::format(at, format!("a port has only digits, not {c:?}"))
            .hint("what comes before a '/' is a registry and its port; a tag comes last and has no '/'")),
        None => Ok(()),
    }
}
