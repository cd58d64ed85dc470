/* libcurl, found and loaded when the first HTTP task needs it.
 *
 * Nothing links libcurl and no header of it is included: runs without HTTP do not pay for its thirty shared
 * libraries, and building needs no package. The numbers below are libcurl's binary interface, which it keeps
 * stable (https://curl.se/libcurl/abi.html): they stand in curl/curl.h and curl/multi.h of libcurl 7.88.1
 * under the names given, and have not changed since they were introduced.
 *
 * The wrappers give the variadic functions of libcurl types. All but ccurl_load may only be called after
 * ccurl_load has returned CCURL_LOADED.
 */
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

typedef struct ccurl_easy ccurl_easy;       /* CURL */
typedef struct ccurl_multi ccurl_multi;     /* CURLM */
typedef struct ccurl_headers ccurl_headers; /* struct curl_slist */

typedef enum ccurl_load_result {
  CCURL_LOADED = 0,
  CCURL_MISSING = 1,  /* no such library on this machine */
  CCURL_TOO_OLD = 2,  /* it lacks a function: older than 7.68 */
  CCURL_BROKEN = 3    /* curl_global_init failed */
} ccurl_load_result;

/* CURLcode: the results that get words of their own. */
typedef enum ccurl_code {
  CCURL_OK = 0,
  CCURL_UNSUPPORTED_PROTOCOL = 1,
  CCURL_URL_MALFORMAT = 3,
  CCURL_COULDNT_RESOLVE_PROXY = 5,
  CCURL_COULDNT_RESOLVE_HOST = 6,
  CCURL_COULDNT_CONNECT = 7,
  CCURL_PARTIAL_FILE = 18,
  CCURL_WRITE_ERROR = 23,
  CCURL_OUT_OF_MEMORY = 27,
  CCURL_OPERATION_TIMEDOUT = 28,
  CCURL_SSL_CONNECT_ERROR = 35,
  CCURL_TOO_MANY_REDIRECTS = 47,
  CCURL_UNKNOWN_OPTION = 48,
  CCURL_GOT_NOTHING = 52,
  CCURL_SEND_ERROR = 55,
  CCURL_RECV_ERROR = 56,
  CCURL_SSL_CERTPROBLEM = 58,
  CCURL_SSL_CIPHER = 59,
  CCURL_PEER_FAILED_VERIFICATION = 60,
  CCURL_BAD_CONTENT_ENCODING = 61,
  CCURL_SSL_CACERT_BADFILE = 77,
  CCURL_SSL_ISSUER_ERROR = 83,
  CCURL_SSL_PINNEDPUBKEYNOTMATCH = 90,
  CCURL_SSL_INVALIDCERTSTATUS = 91
} ccurl_code;

/* CURLOPT_...: options that take text. */
typedef enum ccurl_text_option {
  CCURL_URL = 10002,
  CCURL_USERAGENT = 10018,
  CCURL_CUSTOMREQUEST = 10036,
  CCURL_CAINFO = 10065,
  CCURL_ACCEPT_ENCODING = 10102,
  CCURL_PROTOCOLS_STR = 10318,      /* since 7.85 */
  CCURL_REDIR_PROTOCOLS_STR = 10319 /* since 7.85 */
} ccurl_text_option;

/* CURLOPT_...: options that take a long. */
typedef enum ccurl_number_option {
  CCURL_NOBODY = 44,
  CCURL_POST = 47,
  CCURL_FOLLOWLOCATION = 52,
  CCURL_MAXREDIRS = 68,
  CCURL_NOSIGNAL = 99,
  CCURL_CONNECTTIMEOUT_MS = 156,
  CCURL_PROTOCOLS = 181,       /* CURLPROTO_HTTP is 1, CURLPROTO_HTTPS is 2 */
  CCURL_REDIR_PROTOCOLS = 182,
  CCURL_QUICK_EXIT = 322       /* since 7.87 */
} ccurl_number_option;

/* CURLINFO_...: text, and a long. */
typedef enum ccurl_text_info {
  CCURL_INFO_EFFECTIVE_URL = 0x100001,
  CCURL_INFO_CONTENT_TYPE = 0x100012,
  CCURL_INFO_REDIRECT_URL = 0x10001F
} ccurl_text_info;

typedef enum ccurl_number_info {
  CCURL_INFO_RESPONSE_CODE = 0x200002,
  CCURL_INFO_OS_ERRNO = 0x200019
} ccurl_number_info;

/* CURL_ERROR_SIZE */
#define CCURL_ERROR_SIZE 256

/* Receives size * count bytes of body. Returning another number ends the transfer with CCURL_WRITE_ERROR. */
typedef size_t (*ccurl_body_callback)(char *_Nonnull data, size_t size, size_t count, void *_Nullable context);

/* Loads and initialises the first usable libcurl among these names. The caller sees to it that no two calls
 * overlap, and that none follows one that returned CCURL_LOADED. */
ccurl_load_result ccurl_load(const char *_Nullable const *_Nonnull names, size_t count);

ccurl_easy *_Nullable ccurl_easy_create(void);
void ccurl_easy_destroy(ccurl_easy *_Nonnull easy);
/* Forgets all options; open connections stay. */
void ccurl_easy_reset(ccurl_easy *_Nonnull easy);

ccurl_code ccurl_set_text(ccurl_easy *_Nonnull easy, ccurl_text_option option, const char *_Nonnull text);
ccurl_code ccurl_set_number(ccurl_easy *_Nonnull easy, ccurl_number_option option, long number);
ccurl_code ccurl_set_headers(ccurl_easy *_Nonnull easy, ccurl_headers *_Nullable headers);
/* The bytes are copied. */
ccurl_code ccurl_set_request_body(ccurl_easy *_Nonnull easy, const void *_Nonnull bytes, int64_t count);
ccurl_code ccurl_set_receiver(
  ccurl_easy *_Nonnull easy, ccurl_body_callback _Nonnull callback, void *_Nonnull context);
/* The buffer, of CCURL_ERROR_SIZE bytes, receives libcurl's words for an error. */
ccurl_code ccurl_set_error_buffer(ccurl_easy *_Nonnull easy, char *_Nullable buffer);

/* The text belongs to the handle, until the next transfer; NULL if there is none. */
const char *_Nullable ccurl_get_text(ccurl_easy *_Nonnull easy, ccurl_text_info info);
long ccurl_get_number(ccurl_easy *_Nonnull easy, ccurl_number_info info);

/* Returns the longer list; NULL, with the list unchanged, if there is no memory. */
ccurl_headers *_Nullable ccurl_headers_append(ccurl_headers *_Nullable headers, const char *_Nonnull line);
void ccurl_headers_destroy(ccurl_headers *_Nullable headers);

ccurl_multi *_Nullable ccurl_multi_create(void);
void ccurl_multi_destroy(ccurl_multi *_Nonnull multi);
/* These return a CURLMcode: 0 is success. */
int ccurl_multi_add(ccurl_multi *_Nonnull multi, ccurl_easy *_Nonnull easy);
int ccurl_multi_remove(ccurl_multi *_Nonnull multi, ccurl_easy *_Nonnull easy);
int ccurl_multi_perform(ccurl_multi *_Nonnull multi, int *_Nonnull running);
int ccurl_multi_poll(ccurl_multi *_Nonnull multi, int milliseconds);
/* Ends the running or the next poll. The only call that may come from another thread. */
int ccurl_multi_wakeup(ccurl_multi *_Nonnull multi);
/* Whether a transfer has ended, and how. */
int ccurl_multi_take_result(ccurl_multi *_Nonnull multi, ccurl_code *_Nonnull code);

#endif
