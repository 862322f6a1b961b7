//! STS over its query protocol: who the caller is.

use crate::rehearsal::aws_error::AwsError;
use crate::rehearsal::identifier;
use crate::rehearsal::world::Account;

/// The ARN of the user that a session's access key is of.
pub fn arn(account: &Account) -> String {
    format!("arn:aws:iam::{}:user/{}", account.id, account.name)
}

/// The XML of an answer.
///
/// # Errors
/// For every operation but `GetCallerIdentity`: a rehearsal has no roles to assume, its sessions
/// are the world's accounts.
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
        "AssumeRole" => Err(AwsError {
            status: 403,
            code: "AccessDenied".to_owned(),
            message: "A rehearsal has no roles to assume: a session is the world's account of its name.".to_owned(),
        }),
        _ => {
            Err(AwsError::new("InvalidAction", format!("Could not find operation {operation} for version 2011-06-15")))
        }
    }
}

/// The XML of an error.
pub fn error(error: &AwsError, request_id: &str) -> String {
    let message = error.message.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        error.code
    )
}
