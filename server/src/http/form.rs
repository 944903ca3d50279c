//! Forms and JSON: server functions read URL-encoded forms, scripts may send JSON, so an object becomes a form here.

use serde_json::Value;

/// How deep values may be nested; the same as the server functions read.
const MAX_DEPTH: usize = 5;

/// The JSON is not what a form can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForm {
    /// Not JSON at all.
    #[error("The body is not valid JSON.")]
    NotJson,
    /// Not an object.
    #[error("The body is a JSON object with the fields of this function.")]
    NotObject,
    /// Nested too deeply.
    #[error("The JSON is nested too deeply.")]
    TooDeep,
}

/// `{"a":{"b":[1,true]}}` becomes `a[b][0]=1&a[b][1]=true`. What is `null` or empty is left out, as an empty form field would be.
///
/// # Errors
/// [`NoForm`].
pub fn from_json(body: &[u8]) -> Result<String, NoForm> {
    let Value::Object(fields) = serde_json::from_slice(body).map_err(|_| NoForm::NotJson)? else { return Err(NoForm::NotObject) };
    let mut form = String::new();
    for (name, value) in &fields {
        let mut key = String::new();
        escape_into(&mut key, name);
        add(&mut form, &key, value, 1)?;
    }
    Ok(form)
}

fn add(form: &mut String, key: &str, value: &Value, depth: usize) -> Result<(), NoForm> {
    if depth > MAX_DEPTH {
        return Err(NoForm::TooDeep);
    }
    let text = match value {
        Value::Null => return Ok(()),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            return items.iter().enumerate().try_for_each(|(index, item)| add(form, &format!("{key}[{index}]"), item, depth + 1));
        }
        Value::Object(fields) => {
            return fields.iter().try_for_each(|(name, item)| {
                let mut inner = format!("{key}[");
                escape_into(&mut inner, name);
                inner.push(']');
                add(form, &inner, item, depth + 1)
            });
        }
    };
    if !form.is_empty() {
        form.push('&');
    }
    form.push_str(key);
    form.push('=');
    escape_into(form, &text);
    Ok(())
}

/// Percent-encoding of everything but unreserved characters (RFC 3986 section 2.3).
pub fn escape_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// The fields of a URL-encoded form, in order.
pub fn fields(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (unescape(name), unescape(value))).collect()
}

/// The value of a field.
pub fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digits = rest.clone();
                let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
                if let (Some(high), Some(low)) = (hex(digits.next()), hex(digits.next())) {
                    bytes.push(high << 4 | low);
                    rest = digits;
                } else {
                    bytes.push(byte);
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_forms() {
        let check = |json: &str, expected: Result<&str, NoForm>| assert_eq!(from_json(json.as_bytes()), expected.map(str::to_owned), "{json}");
        check("{}", Ok(""));
        check(r#"{"a":"x y&z=ü"}"#, Ok("a=x%20y%26z%3D%C3%BC"));
        check(r#"{"a":1,"b":true,"c":null,"d":[],"e":""}"#, Ok("a=1&b=true&e="));
        check(r#"{"a":{"b":[1,true]}}"#, Ok("a[b][0]=1&a[b][1]=true"));
        check(r#"{"a]x":{"[":"v"}}"#, Ok("a%5Dx[%5B]=v"));
        check("[]", Err(NoForm::NotObject));
        check("{", Err(NoForm::NotJson));
        check(r#"{"a":[[[[["x"]]]]]}"#, Err(NoForm::TooDeep));
    }

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let read = fields("a=x+y&b=%C3%BC%26&c&=d&e=%zz");
        let expected = [("a", "x y"), ("b", "ü&"), ("c", ""), ("", "d"), ("e", "%zz")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(field(&read, "b"), Some("ü&"));
    }

    #[test]
    fn what_was_escaped_reads_back() {
        let mut out = String::new();
        escape_into(&mut out, "a b/ü?&=%+");
        assert_eq!(unescape(&out), "a b/ü?&=%+");
    }
}
