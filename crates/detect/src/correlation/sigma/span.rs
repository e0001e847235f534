//! How far a window reaches.

use crate::rule::Window;
use jiff::SignedDuration;

const INSTANT: SignedDuration = SignedDuration::from_nanos(1);

/// A window with its lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// The time `(t - span, t]`.
    Sliding { span: SignedDuration },
    /// `[n * span, (n + 1) * span)` since the epoch.
    Tumbling { span: SignedDuration },
    /// Silences of at most `gap`, all of at most `span`.
    Session { gap: SignedDuration, span: SignedDuration },
}

impl Span {
    /// The window of a rule. One that is judged when it has ended must end: where it would slide, it
    /// is the timespan from its first event on.
    pub(super) fn new(window: Window, timespan: SignedDuration, judged_at_end: bool) -> Span {
        let span = timespan.max(INSTANT);
        match window {
            Window::Sliding if judged_at_end => {
                let span = span.saturating_sub(INSTANT);
                Span::Session { gap: span, span }
            }
            Window::Sliding => Span::Sliding { span },
            Window::Tumbling => Span::Tumbling { span },
            Window::Session { gap } => Span::Session { gap: gap.min(span), span },
        }
    }

    /// When a window with these first and last events is over if nothing else comes.
    pub(super) fn end(self, first: SignedDuration, last: SignedDuration) -> SignedDuration {
        match self {
            Span::Sliding { span } => last.saturating_add(span),
            Span::Tumbling { span } => {
                let behind = first.as_nanos().rem_euclid(span.as_nanos());
                let left = i64::try_from(span.as_nanos() - behind).unwrap_or(i64::MAX);
                first.saturating_add(SignedDuration::from_nanos(left))
            }
            Span::Session { gap, span } => last.saturating_add(gap).min(first.saturating_add(span)),
        }
    }

    /// Whether an event belongs to the window that holds these first and last events.
    pub(super) fn holds(self, first: SignedDuration, last: SignedDuration, at: SignedDuration) -> bool {
        match self {
            Span::Sliding { span } => at > first.saturating_sub(span) && at < last.saturating_add(span),
            Span::Tumbling { span } => {
                let stretch = |t: SignedDuration| t.as_nanos().div_euclid(span.as_nanos());
                stretch(at) == stretch(first)
            }
            Span::Session { gap, .. } => {
                at >= first.saturating_sub(gap)
                    && at <= last.saturating_add(gap)
                    && self.fits(first.min(at), last.max(at))
            }
        }
    }

    /// Whether one window may be so long.
    pub(super) fn fits(self, first: SignedDuration, last: SignedDuration) -> bool {
        match self {
            Span::Session { span, .. } => last.saturating_sub(first) <= span,
            Span::Sliding { .. } | Span::Tumbling { .. } => true,
        }
    }
}
