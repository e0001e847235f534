//! Large answers: bytes that are read from a disk while they are sent, for a few at once, and never for somebody who
//! does not take them.

use super::problem::Problem;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Large answers under way at once.
const AT_ONCE: usize = 8;
/// Bytes in one part.
pub const PART: usize = 64 << 10;
/// Parts that wait to be sent.
const AHEAD: usize = 2;
/// How long a client may leave a part lying.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is sent is nobody's page, whatever a browser takes it for.
const POLICY: &str = "default-src 'none'; sandbox";

/// How many large answers can be sent.
pub struct Outgoing(Arc<Semaphore>);

impl Default for Outgoing {
    fn default() -> Outgoing {
        Outgoing(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Room for one large answer; given back when it is dropped.
pub struct Room {
    _permit: OwnedSemaphorePermit,
}

/// Where the parts of a large answer are put.
pub struct Parts {
    sender: mpsc::Sender<io::Result<Bytes>>,
    _room: Room,
}

/// The client does not take any more.
#[derive(Debug)]
pub struct Gone;

impl Outgoing {
    /// Room for one more.
    ///
    /// # Errors
    ///
    /// 503 when as many are under way as can be.
    pub fn room(&self) -> Result<Room, Problem> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        permit.map(|permit| Room { _permit: permit }).map_err(|_| Problem::unavailable().retry_after(5))
    }
}

impl Room {
    /// A body, and where its parts are put. With a length, no more is sent than that, and less is told from all of it.
    pub fn body(self, length: Option<u64>) -> (Parts, Body) {
        let (sender, receiver) = mpsc::channel(AHEAD);
        (Parts { sender, _room: self }, Body::new(Flow { receiver, length }))
    }
}

impl Parts {
    /// Sends the next part.
    ///
    /// # Errors
    ///
    /// [`Gone`] when the client went away or takes nothing for too long.
    pub async fn send(&self, part: Bytes) -> Result<(), Gone> {
        self.sender.send_timeout(Ok(part), PATIENCE).await.map_err(|_| Gone)
    }

    /// Breaks the answer off, so that the client can tell it from a whole one.
    pub async fn break_off(self) {
        let broken = io::Error::other("the answer is broken off");
        // Whoever is gone needs not be told.
        let _ = self.sender.send_timeout(Err(broken), PATIENCE).await;
    }
}

struct Flow {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    length: Option<u64>,
}

impl hyper::body::Body for Flow {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.receiver.poll_recv(context).map(|part| part.map(|part| part.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Headers of something to be saved, never shown. The name is one of ours: letters, digits, `-` and `.`.
pub fn attachment(content_type: &'static str, name: &str) -> HeaderMap {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::ACCEPT_RANGES, HeaderValue::from_static("none")),
        (HeaderName::from_static("x-download-options"), HeaderValue::from_static("noopen")),
    ]
    .into_iter()
    .collect()
}
