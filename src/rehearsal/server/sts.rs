//! STS over its query protocol: who the caller is, and credentials of another account by a role.

use std::time::Duration;

use super::state::State;
use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;
use crate::rehearsal::moment::Moment;
use crate::rehearsal::query::{self, escaped};
use crate::rehearsal::world::Account;

/// How long a role's session lasts where the request does not say.
const SESSION: Duration = Duration::from_hours(1);

/// The ARN of the user that a session's access key is of.
pub fn arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:user/{}", account.id, account.name)
}

/// The XML of an answer.
///
/// # Errors
/// `InvalidAction` for every operation but `GetCallerIdentity`; [`assume_role`] is the other.
pub fn answer(operation: &str, account: &Account, request_id: &str) -> Result<String, AwsError> {
    match operation {
        "GetCallerIdentity" => Ok(format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
            arn(account),
            format_args!(
                "AIDA{}",
                identifier::hexadecimal(&["user", &account.id, &account.name], 16).to_ascii_uppercase()
            ),
            account.id
        )),
        _ => {
            Err(AwsError::new("InvalidAction", format!("Could not find operation {operation} for version 2011-06-15")))
        }
    }
}

/// The answer to `AssumeRole`: the access key of the account that the role is of, whoever asks. The
/// session ends after an hour only in word: what an expired one does is a fault of the world.
///
/// # Errors
/// `AccessDenied` for an account that this world does not have, as STS answers for any role that
/// does not trust the caller.
pub fn assume_role(
    state: &State,
    role: &str,
    caller: &Account,
    request_id: &str,
    now: Moment,
) -> Result<String, AwsError> {
    let mut parts = role.splitn(6, ':');
    let (id, path) = (parts.nth(4), parts.next());
    let found = id.and_then(|id| state.account(id)).zip(path);
    let found = found.and_then(|(account, path)| Some((account, path.strip_prefix("role/")?)));
    let denied = || AwsError {
        status: 403,
        code: "AccessDenied".to_owned(),
        message: format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", arn(caller)),
    };
    let (account, name) = found.ok_or_else(denied)?;
    let credentials = state.credentials(&account.name).ok_or_else(denied)?;
    let id = identifier::hexadecimal(&["role", &account.id, name], 16).to_ascii_uppercase();
    Ok(format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>AROA{id}:session</AssumedRoleId>\
         <Arn>arn:aws:sts::{}:assumed-role/{}/session</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials></AssumeRoleResult>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></AssumeRoleResponse>",
        account.id,
        escaped(name),
        credentials.access_key_id,
        credentials.secret_access_key,
        identifier::hexadecimal(&["session-token", &account.id, name], 64),
        now.after(SESSION).timestamp(),
    ))
}

/// The XML of an error.
pub fn error(error: &AwsError, request_id: &str) -> String {
    query::error(error, "https://sts.amazonaws.com/doc/2011-06-15/", request_id)
}
