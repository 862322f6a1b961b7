//! What ECR answers.

use crate::effects::call::EcrCall;
use crate::effects::fault::Fault;
use crate::effects::reply::Reply;
use crate::live::Live;

impl Live {
    pub(in crate::live) async fn ecr(&self, call: &EcrCall) -> Result<Reply, Fault> {
        let aws = &self.aws;
        Ok(match call {
            EcrCall::DescribeRepository { session, name } => {
                Reply::Document(aws.describe_repository(session, name).await?)
            }
            EcrCall::CreateRepository { session, document } => {
                Reply::Document(aws.create_repository(session, document).await?)
            }
            EcrCall::DescribeImages { session, repository, images } => {
                Reply::Document(aws.describe_images(session, repository, images).await?)
            }
        })
    }
}
