//! The vendor: hears of the beginning and the end of each call. A call whose caller is killed ends
//! with its connection.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::log::Log;

/// Answers whoever comes to `listener`, for as long as the test lasts.
pub(crate) async fn serve(listener: TcpListener, log: Log) {
    loop {
        let (caller, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(caller, log.clone()));
    }
}

async fn answer(mut caller: TcpStream, log: Log) {
    caller.set_nodelay(true).unwrap();
    let (read, mut write) = caller.split();
    let mut lines = BufReader::new(read).lines();
    let mut under_way = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let mut words = line.split(' ');
        let (what, lane, name) = (words.next(), words.next().unwrap(), words.next().unwrap());
        if what == Some("begin") {
            log.call_began(lane, name);
            under_way = Some(lane.to_owned());
        } else {
            log.call_ended(lane);
            under_way = None;
        }
        if write.write_all(b"heard\n").await.is_err() {
            break;
        }
    }
    if let Some(lane) = under_way {
        log.call_ended(&lane);
    }
}
