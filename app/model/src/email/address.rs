//! Email addresses and domains as this product accepts them.

/// Why an address was refused, as the sentence to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// Nothing entered.
    #[error("Enter an email address.")]
    Empty,
    /// Longer than RFC 5321 section 4.5.3.1.3 allows.
    #[error("An email address has at most 254 characters.")]
    TooLong,
    /// No `@`, or more than one outside quotes.
    #[error("An email address has one @ between a name and a domain, as in support@example.com.")]
    At,
    /// The part before the `@`.
    #[error("The part before the @ has characters that mail servers do not accept.")]
    Local,
    /// The part after the `@`.
    #[error("The domain after the @ is not a full domain name such as example.com.")]
    Domain,
}

/// Checks an address: dot-atom local part (UTF-8 allowed, RFC 6531), host name after the `@`.
///
/// # Errors
/// The first [`AddressProblem`] found. Quoted local parts are refused: no mailbox provider hands them out.
pub fn check_email_address(text: &str) -> Result<(), AddressProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressProblem::Empty);
    }
    if text.len() > 254 {
        return Err(AddressProblem::TooLong);
    }
    let (local, domain) = text.rsplit_once('@').ok_or(AddressProblem::At)?;
    if local.contains('@') {
        return Err(AddressProblem::At);
    }
    let atoms_are_fine = local.len() <= 64
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(|c| is_atom_char(c) || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())));
    if !atoms_are_fine {
        return Err(AddressProblem::Local);
    }
    if !is_host_name(domain) { Err(AddressProblem::Domain) } else { Ok(()) }
}

/// Lower-cases the domain, and the local part too: every provider in use treats it so, and two accounts must not differ by case.
pub fn normalise(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The domain of an address, lower-cased; empty when there is none.
pub fn domain_of(address: &str) -> String {
    address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).unwrap_or_default()
}

/// RFC 5322 section 3.2.3 atext.
fn is_atom_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// At least two labels of letters, digits and inner hyphens; non-ASCII letters are allowed (IDN, before Punycode).
pub fn is_host_name(domain: &str) -> bool {
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric()))
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expected| assert_eq!(check_email_address(text), expected, "{text}");
        check("support@acme.example", Ok(()));
        check(" first.last+tag@sub.acme.example ", Ok(()));
        check("jürgen@köln.example", Ok(()));
        check("", Err(AddressProblem::Empty));
        check("support", Err(AddressProblem::At));
        check("a@b@acme.example", Err(AddressProblem::At));
        check(".a@acme.example", Err(AddressProblem::Local));
        check("a b@acme.example", Err(AddressProblem::Local));
        check("a@acme", Err(AddressProblem::Domain));
        check("a@-acme.example", Err(AddressProblem::Domain));
        check("a@acme..example", Err(AddressProblem::Domain));
        check(&format!("{}@acme.example", "a".repeat(65)), Err(AddressProblem::Local));
        check("a\r\nBcc: x@acme.example", Err(AddressProblem::Local));
    }
}
