// The library's callbacks and options, joined to a session.
#pragma once

#include <nghttp2/nghttp2.h>

namespace koine::http {

class Http2Session;

// The server's side of a connection; nghttp2_session_del() frees it.
nghttp2_session* open_http2_library(Http2Session* session);

// For nghttp2_submit_response: the body comes from Http2Session::read_response.
nghttp2_data_provider http2_data_provider();

}  // namespace koine::http
