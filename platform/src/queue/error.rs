//! What can go wrong with the queue.

/// Why the queue could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no known kind of queue.
    #[error("`{0}` is neither local: nor amqp://USER:PASSWORD@HOST/VHOST, where amqps: encrypts")]
    Url(String),
    /// A parameter of the URL is not known, or its value is not possible.
    #[error(
        "a parameter of `{0}` is wrong; the only one is ?queue=NAME, of up to 200 letters, \
         digits, `-`, `_` and `.`"
    )]
    Parameter(String),
    /// The broker knows the user or the password otherwise, or grants too little.
    #[error(
        "the broker refuses the user ({0}); check name and password, and grant all rights on the \
         virtual host: rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'"
    )]
    User(String),
    /// The broker has no such virtual host.
    #[error(
        "the broker does not open the virtual host ({0}); name another after the last `/` of the \
         URL, where `/` itself is %2f, or make it: rabbitmqctl add_vhost VHOST"
    )]
    Host(String),
    /// There is such a queue, but not as this program declares it.
    #[error(
        "the queue exists with other arguments ({0}); they follow from this version and from \
         MAX_QUEUE_DEPTH. Set that as it was, or name another queue with ?queue=NAME, or stop all \
         processes and delete it (rabbitmqctl delete_queue -p VHOST QUEUE): tasks that wait are \
         published again within minutes"
    )]
    Arguments(String),
    /// The connection can't be encrypted as asked for.
    #[error("the encrypted connection can't be made: {0}; check the broker's certificate")]
    Tls(String),
}

/// Why a message was not taken, or nothing is known of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It holds as many as it may.
    #[error("the queue is full")]
    Full,
    /// Nobody answered in time.
    #[error("no answer came in time")]
    Silent,
    /// There is no connection to the broker, or it broke.
    #[error("the broker is away")]
    Away,
    /// The broker is short of memory or disk and takes no messages.
    #[error("the broker takes no messages for want of memory or disk")]
    Blocked,
    /// The broker had no such queue. It has been declared again.
    #[error("the queue was gone")]
    Gone,
}

impl Error {
    /// Its name in the metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Silent => "unconfirmed",
            Self::Away => "away",
            Self::Blocked => "blocked",
            Self::Gone => "returned",
        }
    }
}
