//! Bytes that are hardly HTTP. Where no request can be made out of them the framework answers by
//! itself, with an empty 4xx, or closes the connection; both are fine here.

use super::still_works;
use crate::app::App;
use crate::raw;

/// Refused by the framework or by us, or closed without an answer.
fn is_refused(answer: &str) -> bool {
    answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4")
}

#[tokio::test]
async fn bytes_that_are_no_request_are_refused() {
    let app = App::start().await;
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let long_header = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    let headers = "X-1: 1\r\n".repeat(500);
    let many_headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let requests: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("line ends", b"\r\n\r\n\r\n\r\n".to_vec()),
        ("zeros", vec![0; 4096]),
        ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("a wrong version", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_vec()),
        ("no host", b"GET /alive HTTP/1.1\r\n\r\n".to_vec()),
        ("two hosts", b"GET /alive HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_vec()),
        ("a space before the colon", b"GET /alive HTTP/1.1\r\nHost : x\r\n\r\n".to_vec()),
        ("a folded header", b"GET /alive HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n".to_vec()),
        ("a header of zeros", b"GET /alive HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_vec()),
        ("bare carriage returns", b"GET /alive HTTP/1.1\rHost: x\r\r".to_vec()),
        ("a space in the path", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a path of zeros", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("no path", b"GET  HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a long path", long_path.into_bytes()),
        ("a long header", long_header.into_bytes()),
        ("many headers", many_headers.into_bytes()),
        ("half a head", b"GET / HTTP/1.1\r\nHost: x\r\nX".to_vec()),
    ];
    for (what, request) in requests {
        let answer = raw::exchange_and_end(&app, &request).await;
        assert!(is_refused(&answer), "{what}: {answer}");
    }
    still_works(&app).await;
}

#[tokio::test]
async fn lengths_that_lie_or_contradict_each_other_are_refused() {
    let app = App::start().await;
    let body = r#"{"username": "ada", "password": "x"}"#;
    for framing in [
        "Content-Length: x",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 1, 2",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 500",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked",
        "Content-Length: 0x10",
        "Content-Length: ",
    ] {
        let request = format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             {framing}\r\n\r\n{body}"
        );
        let answer = raw::exchange_and_end(&app, request.as_bytes()).await;
        assert!(is_refused(&answer), "{framing}: {answer}");
    }
    still_works(&app).await;
}

#[tokio::test]
async fn chunks_that_are_none_are_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    for chunks in [
        "zz\r\n",
        "-1\r\nabc\r\n",
        "ffffffffffffffffff\r\nabc",
        "5\r\nabc\r\n0\r\n\r\n",
        "3abc\r\n",
        "3\nabc\n0\n\n",
        "\r\n",
        "3\r\nabcdef\r\n0\r\n\r\n",
        "3;a=\0\r\nabc\r\n",
        "3\r\nabc",
        "7fffffffffffffff\r\nabc",
        "0x3\r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
    ] {
        for (path, media_type) in [
            ("/api/auth/login", "application/json"),
            ("/api/tasks", "multipart/form-data; boundary=b"),
        ] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            );
            let answer = raw::exchange_and_end(&app, request.as_bytes()).await;
            assert!(is_refused(&answer), "{chunks:?}: {answer}");
        }
    }
    still_works(&app).await;
}

#[tokio::test]
async fn boundaries_that_can_not_be_are_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada").await;
    let long = format!("multipart/form-data; boundary={}", "b".repeat(2000));
    for media_type in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary",
        "multipart/mixed; boundary=b",
        "multipart/*; boundary=b",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=\"b",
        "multipart/; boundary=b",
        "multipart/form-data; boundary=b; boundary=c",
        "text/plain; boundary=b",
        ";;;",
        &long,
    ] {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"newFormat\"\r\n\r\nmp3\r\n--b--\r\n";
        let request = format!(
            "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = raw::exchange(&app, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{media_type}: {answer}");
        assert!(answer.contains("application/problem+json"), "{media_type}: {answer}");
    }
    still_works(&app).await;
}

#[tokio::test]
async fn a_refused_upload_that_never_ends_is_cut_off() {
    let app = App::start().await;
    let head = "POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\
        Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut socket = tokio::net::TcpStream::connect(app.address()).await.unwrap();
    let (reading, mut writing) = socket.split();
    let send = async {
        use tokio::io::AsyncWriteExt;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let _ = writing.write_all(head.as_bytes()).await;
        while writing.write_all(chunk.as_bytes()).await.is_ok() {}
    };
    let read = async {
        let answer = raw::read(reading).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        std::future::pending::<()>().await;
    };
    let cut_off = async {
        tokio::select! { () = send => {}, () = read => {} }
    };
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, cut_off).await.expect("the connection is closed");
    still_works(&app).await;
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_their_order() {
    let app = App::start().await;
    let requests = "GET /alive HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\
        Connection: close\r\n\r\n";
    let answer = raw::exchange_and_end(&app, requests.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    still_works(&app).await;
}
