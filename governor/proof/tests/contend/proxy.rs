//! What stands between the workers and the engine: passes requests on, records those about lanes,
//! and sometimes loses a reply. It knows no more of HTTP than the two sides use.

use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::history::Recorded;
use flyball_governor_proof::history::wire::{answer, call};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::log::Log;

/// One reply in so many is lost.
const LOST_ONE_IN: u64 = 60;

/// A request or a response.
struct Message {
    head: String,
    body: Vec<u8>,
}

/// Passes on whatever comes to `listener`, for as long as the test lasts.
pub(crate) async fn serve(listener: TcpListener, engine: String, log: Log, seed: u64) {
    for n in 0.. {
        let (client, _) = listener.accept().await.unwrap();
        let engine = TcpStream::connect(&engine).await.unwrap();
        tokio::spawn(pass_on(client, engine, log.clone(), Dice::part(seed, n)));
    }
}

async fn pass_on(mut client: TcpStream, mut engine: TcpStream, log: Log, mut dice: Dice) {
    client.set_nodelay(true).unwrap();
    engine.set_nodelay(true).unwrap();
    while let Some(request) = read(&mut client).await {
        let asked = header(&request.head, "x-amz-target").and_then(|it| call(it, &request.body));
        let began = log.notice();
        write(&mut engine, &request).await.unwrap();
        // The worker may be dead by now: its step counts all the same.
        let response = read(&mut engine).await.unwrap();
        let status = response.head.split(' ').nth(1).unwrap().parse().unwrap();
        if let Some(call) = asked {
            let answer = answer(&call.what, status, &response.body);
            log.with(|state| {
                let ended = log.notice();
                state.calls.push(Recorded { began, ended, call, answer });
            });
        }
        if dice.one_in(LOST_ONE_IN) || write(&mut client, &response).await.is_err() {
            return;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = |line: &'a str| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    };
    head.lines().find_map(line)
}

/// Reads a message; `None` at the end of the connection, in the middle of a message or not.
async fn read(stream: &mut TcpStream) -> Option<Message> {
    let mut bytes = Vec::new();
    let head_ends = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let body = bytes.split_off(head_ends);
    let mut message = Message { head: String::from_utf8(bytes).unwrap(), body };
    let length = header(&message.head, "content-length").unwrap().parse().unwrap();
    while message.body.len() < length {
        if stream.read_buf(&mut message.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(message)
}

async fn write(stream: &mut TcpStream, message: &Message) -> std::io::Result<()> {
    stream.write_all(&[message.head.as_bytes(), &message.body].concat()).await
}
