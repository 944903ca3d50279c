//! The profile API in the document. The functions carry descriptions only; `http::profiles` answers.

use utoipa::IntoResponses;

use super::{
    profile_schemas::{Found, Outcome, ProfileRefusal, Queued, Records},
    schemas::Refusal,
};

/// What every request of the profile API may be answered with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "carries the description of these answers")]
enum AnyRequest {
    #[response(status = 401, description = "No key (7002), or one that does not work (7001).")]
    Key(ProfileRefusal),
    #[response(status = 429, description = "Too many wrong keys from this address; `Retry-After` says when to try again.")]
    Guesses(ProfileRefusal),
    #[response(status = 503, description = "The database does not answer; try again.")]
    Database(ProfileRefusal),
}

#[utoipa::path(
    post,
    path = "/resources/v2/customerprofile",
    operation_id = "createProfiles",
    tag = "profiles",
    summary = "Create customers",
    description = "Adds up to 100 customers. 200 means that the request is stored and will be carried out, once, in the order of acceptance; ask for \
                   its outcome with the transaction id. Customers that are refused at once are named in `Results`, the others are queued (1002).",
    request_body = Records,
    responses(
        (status = 200, description = "Queued (1000), or queued in part (1002).", body = Queued),
        (status = 400, description = "No JSON (7000), `Records` missing or not accepted (7003), every customer refused (7003, 7011), or too many (7012).", body = ProfileRefusal),
        (status = 403, description = "Another site's page is behind the request.", body = Refusal),
        (status = 413, description = "More than 4 MiB.", body = ProfileRefusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn create_profiles() {}

#[utoipa::path(
    put,
    path = "/resources/v2/customerprofile",
    operation_id = "updateProfiles",
    tag = "profiles",
    summary = "Update customers",
    description = "Adds and replaces attributes of up to 1000 customers; an empty value takes an attribute away. Otherwise as creating.",
    request_body = Records,
    responses(
        (status = 200, description = "Queued (1000), or queued in part (1002).", body = Queued),
        (status = 400, description = "No JSON (7000), `Records` missing or not accepted (7003), every customer refused (7003, 7011), or too many (7012).", body = ProfileRefusal),
        (status = 403, description = "Another site's page is behind the request.", body = Refusal),
        (status = 413, description = "More than 4 MiB.", body = ProfileRefusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn update_profiles() {}

#[utoipa::path(
    get,
    path = "/resources/v2/customerprofile",
    operation_id = "getProfiles",
    tag = "profiles",
    summary = "Look customers up",
    params(
        ("customerId" = Vec<String>, Query, description = "Up to 100 ids, the parameter repeated."),
        ("showinwardlinks" = Option<i32>, Query, description = "0, 1 or 2. This installation has no in-app channel, so the lists of links are empty.", minimum = 0, maximum = 2)
    ),
    responses(
        (status = 200, description = "Those that exist; 1002 when some do not, which `Results` names.", body = Found),
        (status = 400, description = "A parameter is missing or not accepted (7003), or too many ids (7012).", body = ProfileRefusal),
        (status = 404, description = "None of them exists (7014).", body = ProfileRefusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn get_profiles() {}

#[utoipa::path(
    get,
    path = "/resources/v2/customerprofile/{customer_id}",
    operation_id = "getProfile",
    tag = "profiles",
    summary = "Look a customer up",
    params(
        ("customer_id" = String, Path, description = "The customer's id.", min_length = 1),
        ("showinwardlinks" = Option<i32>, Query, description = "0, 1 or 2. This installation has no in-app channel, so the lists of links are empty.", minimum = 0, maximum = 2)
    ),
    responses(
        (status = 200, description = "The customer.", body = Found),
        (status = 400, description = "A parameter is not accepted (7003).", body = ProfileRefusal),
        (status = 404, description = "There is no such customer (7014).", body = ProfileRefusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn get_profile() {}

#[utoipa::path(
    delete,
    path = "/resources/v2/customerprofile",
    operation_id = "deleteProfiles",
    tag = "profiles",
    summary = "Delete customers",
    description = "Removes up to 100 customers for good. As creating, the answer means that it will be done.",
    params(("customerId" = Vec<String>, Query, description = "Up to 100 ids, the parameter repeated.")),
    responses(
        (status = 200, description = "Queued (1000), or queued in part (1002).", body = Queued),
        (status = 400, description = "An id is missing or not accepted (7003), or too many ids (7012).", body = ProfileRefusal),
        (status = 403, description = "Another site's page is behind the request.", body = Refusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn delete_profiles() {}

#[utoipa::path(
    delete,
    path = "/resources/v2/customerprofile/{customer_id}",
    operation_id = "deleteProfile",
    tag = "profiles",
    summary = "Delete a customer",
    description = "As deleting several: the outcome stands in the status of the transaction.",
    params(("customer_id" = String, Path, description = "The customer's id.", min_length = 1)),
    responses(
        (status = 200, description = "Queued (1000).", body = Queued),
        (status = 400, description = "The id is not accepted (7003).", body = ProfileRefusal),
        (status = 403, description = "Another site's page is behind the request.", body = Refusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn delete_profile() {}

#[utoipa::path(
    get,
    path = "/resources/v2/profile/status/{transid}",
    operation_id = "profileStatus",
    tag = "profiles",
    summary = "Ask how a request fared",
    description = "1000 all done, 1002 done in part, 7600 not yet; when none of its customers was accepted by the store, the code of the first. Kept for seven days.",
    params(("transid" = String, Path, description = "The transaction id that the request was answered with.", min_length = 1)),
    responses(
        (status = 200, description = "How it stands, customer by customer.", body = Outcome),
        (status = 400, description = "The transaction id is no text (7003).", body = ProfileRefusal),
        (status = 404, description = "There is no such request (7600).", body = ProfileRefusal),
        AnyRequest
    ),
    security(("profileKey" = []))
)]
#[expect(dead_code, reason = "carries the description of the route")]
pub fn profile_status() {}
