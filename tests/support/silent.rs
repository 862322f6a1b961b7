//! An AWS endpoint that says who it is and answers the next call only when it is told to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
     <Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>ann</UserId><Account>123456789012</Account>\
     </GetCallerIdentityResult></GetCallerIdentityResponse>";

pub struct Silent {
    pub url: String,
    asked: Receiver<String>,
    answers: Sender<(u16, String)>,
}

impl Silent {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let ((ask, asked), (answers, answer)) = (channel(), channel::<(u16, String)>());
        // ends when nobody asks and nobody answers any more
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &ask, &answer);
            }
        });
        Self { url, asked, answers }
    }

    /// Waits for a call that is left without an answer, and gives its name.
    pub fn asked(&self) -> String {
        self.asked.recv().expect("a call")
    }

    /// Answers it with this status.
    pub fn answer(&self, status: u16, json: &str) {
        self.answers.send((status, json.to_owned())).expect("somebody waits");
    }
}

fn serve(mut stream: TcpStream, ask: &Sender<String>, answer: &Receiver<(u16, String)>) {
    while let Some(request) = request(&mut stream) {
        let target = request.lines().find_map(|line| line.strip_prefix("x-amz-target: ").map(str::to_owned));
        let (kind, (status, body)) = match target {
            None => ("text/xml", (200, IDENTITY.to_owned())),
            Some(name) => {
                let _ = ask.send(name);
                let Ok(answer) = answer.recv() else { return };
                ("application/x-amz-json-1.1", answer)
            }
        };
        let head = format!("HTTP/1.1 {status} Told\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

/// One request, head and body; none when the other side has gone.
fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
