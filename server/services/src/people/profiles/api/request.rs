//! Reading the records of a request one by one, so that each refusal can name its own.

use model::people::profile::{Attributes, CUSTOMER_ID, MAX_ATTRIBUTES, check_attribute, check_customer_id};
use serde_json::{Map, Value};

use super::{Code, Operation, Refusal};

/// One customer of a request, or why it was refused.
pub(super) struct Record {
    /// As given; empty when it was missing.
    pub customer_id: String,
    /// In stored form, or the refusal.
    pub attributes: Result<Attributes, (Code, String)>,
}

/// The records of a body.
///
/// # Errors
/// 7000 when it is no JSON object, 7003 when its `Records` are missing or no list of objects, 7012 beyond `most` of them.
pub(super) fn read(body: &[u8], operation: Operation, most: usize) -> Result<Vec<Record>, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Refusal::new(Code::NoJson, format!("The body is not JSON: {error}.")))?;
    let Value::Object(mut map) = value else { return Err(Refusal::new(Code::NoJson, "The body is a JSON object.")) };
    let records = match take(&mut map, "Records") {
        Some(Value::Array(records)) if !records.is_empty() => records,
        Some(Value::Array(_)) | Some(Value::Null) | None => {
            return Err(
                Refusal::new(Code::Parameter, "`Records` is missing: a list of customers, each with `customerId` and `Attributes`.").at("Records")
            );
        }
        Some(_) => return Err(Refusal::new(Code::Parameter, "`Records` is a list of objects.").at("Records")),
    };
    if let Some(unknown) = map.keys().next() {
        return Err(unknown_parameter(unknown));
    }
    if records.len() > most {
        return Err(Refusal::new(Code::TooMany, format!("A request holds at most {most} customers; send the rest in further ones.")).at("Records"));
    }
    Ok(records.into_iter().map(|record| read_record(record, operation)).collect())
}

fn read_record(record: Value, operation: Operation) -> Record {
    let Value::Object(mut map) = record else {
        return Record { customer_id: String::new(), attributes: Err((Code::Parameter, "A record is an object.".into())) };
    };
    let customer_id = match take(&mut map, CUSTOMER_ID) {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null) | None => {
            return Record { customer_id: String::new(), attributes: Err((Code::Parameter, "`customerId` is missing.".into())) };
        }
        Some(_) => return Record { customer_id: String::new(), attributes: Err((Code::Parameter, "`customerId` is a text.".into())) },
    };
    let attributes = check_customer_id(&customer_id).map_err(|why| (Code::Parameter, why));
    let attributes = attributes.and_then(|()| read_attributes(&mut map, &customer_id, operation));
    // A refused id may be of any length and hold anything.
    let shown = customer_id.chars().filter(|c| !c.is_control()).take(model::people::profile::MAX_ID_CHARS).collect();
    Record { customer_id: shown, attributes }
}

fn read_attributes(map: &mut Map<String, Value>, customer_id: &str, operation: Operation) -> Result<Attributes, (Code, String)> {
    let given = match take(map, "Attributes") {
        Some(Value::Object(given)) => given,
        Some(Value::Null) | None => return Err((Code::Parameter, "`Attributes` is missing: an object of names and values.".into())),
        Some(_) => return Err((Code::Parameter, "`Attributes` is an object of names and values.".into())),
    };
    if let Some(unknown) = map.keys().next() {
        return Err((Code::Parameter, unknown_parameter(unknown).message));
    }
    if given.len() > MAX_ATTRIBUTES {
        return Err((Code::Attribute, format!("A customer has at most {MAX_ATTRIBUTES} attributes.")));
    }
    let mut attributes = Attributes::new();
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            // Nothing to keep, or the wish to keep it no longer.
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => return Err((Code::Attribute, format!("The value of {} is a text.", shown(&name)))),
        };
        let (name, value) = check_attribute(&name, &text).map_err(|why| (Code::Attribute, why))?;
        if name == CUSTOMER_ID {
            if value != customer_id {
                return Err((Code::Attribute, "A customer's id does not change: delete the customer and create another.".into()));
            }
            continue;
        }
        if attributes.contains_key(&name) {
            return Err((Code::Attribute, format!("{name} is given twice.")));
        }
        attributes.insert(name, value);
    }
    if operation == Operation::Create {
        attributes.retain(|_, value| !value.is_empty());
    }
    Ok(attributes)
}

/// Takes a parameter out, its first letter in either case: the reference writes both.
fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    map.remove(&key)
}

fn unknown_parameter(name: &str) -> Refusal {
    let name = shown(name);
    Refusal::new(Code::Parameter, format!("There is no parameter `{name}`; check its spelling.")).at(name)
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
