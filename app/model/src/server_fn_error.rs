//! [`Problem`] as the error of server functions (feature `server-fn`).

use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::Problem;

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    /// What goes wrong before or after the body of a server function, told in our words.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => bad_argument(&why),
            ServerFnErrorErr::Request(_) => Self::Unavailable { what: "The server cannot be reached. Check the connection and try again.".into() },
            // The browser meets this when something between it and the server answers in the server's place.
            ServerFnErrorErr::Deserialization(_) => Self::Unavailable { what: "The server's answer could not be read. Try again shortly.".into() },
            _ => Self::Internal { reference: String::new() },
        }
    }
}

/// Turns serde's complaint about a form into the field's name and a sentence.
fn bad_argument(why: &str) -> Problem {
    let named = why.split('`').nth(1).unwrap_or_default();
    if named.is_empty() {
        return Problem::field("", "A value has the wrong form. Compare the request with the documentation.");
    }
    let message = if why.contains("missing field") {
        format!("The field `{named}` is missing.")
    } else if why.contains("unknown field") {
        format!("There is no field `{named}`.")
    } else {
        format!("The value `{named}` has the wrong form.")
    };
    let field = if why.contains("field") { named } else { "" };
    Problem::field(field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_is_named() {
        let problem = Problem::from_server_fn_error(ServerFnErrorErr::Args("missing field `email`".into()));
        assert_eq!(problem, Problem::field("email", "The field `email` is missing."));
    }

    #[test]
    fn what_serde_cannot_name_is_still_a_refusal_of_the_input() {
        assert_eq!(Problem::from_server_fn_error(ServerFnErrorErr::Args("invalid digit".into())).code(), "invalid");
    }

    #[test]
    fn the_wire_form_is_the_documented_json() {
        let problem = Problem::field("port", "No.");
        assert_eq!(Problem::de(problem.ser()), problem);
        assert!(std::str::from_utf8(&problem.ser()).unwrap().starts_with(r#"{"code":"invalid""#));
    }
}
