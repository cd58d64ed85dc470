#include "CCurl.h"

#include <dlfcn.h>
#include <string.h>

/* struct CURLMsg of curl/multi.h */
struct message {
  int kind; /* CURLMSG_DONE is 1 */
  void *easy;
  union {
    void *whatever;
    int result;
  } data;
};

enum {
  OPT_WRITEDATA = 10001,
  OPT_ERRORBUFFER = 10010,
  OPT_HTTPHEADER = 10023,
  OPT_WRITEFUNCTION = 20011,
  OPT_POSTFIELDSIZE_LARGE = 30120,
  OPT_COPYPOSTFIELDS = 10165,
  GLOBAL_DEFAULT = 3, /* CURL_GLOBAL_DEFAULT */
  MESSAGE_DONE = 1
};

/* The functions of libcurl, as curl/easy.h and curl/multi.h declare them. */
struct library {
  int (*global_init)(long);
  ccurl_easy *(*easy_init)(void);
  void (*easy_cleanup)(ccurl_easy *);
  void (*easy_reset)(ccurl_easy *);
  int (*easy_setopt)(ccurl_easy *, int, ...);
  int (*easy_getinfo)(ccurl_easy *, int, ...);
  ccurl_headers *(*slist_append)(ccurl_headers *, const char *);
  void (*slist_free_all)(ccurl_headers *);
  ccurl_multi *(*multi_init)(void);
  int (*multi_cleanup)(ccurl_multi *);
  int (*multi_add_handle)(ccurl_multi *, ccurl_easy *);
  int (*multi_remove_handle)(ccurl_multi *, ccurl_easy *);
  int (*multi_perform)(ccurl_multi *, int *);
  int (*multi_poll)(ccurl_multi *, void *, unsigned int, int, int *);
  int (*multi_wakeup)(ccurl_multi *);
  struct message *(*multi_info_read)(ccurl_multi *, int *);
};

/* Written once, by the ccurl_load that succeeds. */
static struct library curl;

/* dlsym's object pointer becomes a function pointer by its bytes: ISO C has no cast for it, POSIX promises
 * that they are alike. */
static int find(void *handle, const char *name, void *slot) {
  void *symbol = dlsym(handle, name);
  memcpy(slot, &symbol, sizeof symbol);
  return symbol != NULL;
}

static int find_all(void *handle, struct library *library) {
  return find(handle, "curl_global_init", &library->global_init)
    && find(handle, "curl_easy_init", &library->easy_init)
    && find(handle, "curl_easy_cleanup", &library->easy_cleanup)
    && find(handle, "curl_easy_reset", &library->easy_reset)
    && find(handle, "curl_easy_setopt", &library->easy_setopt)
    && find(handle, "curl_easy_getinfo", &library->easy_getinfo)
    && find(handle, "curl_slist_append", &library->slist_append)
    && find(handle, "curl_slist_free_all", &library->slist_free_all)
    && find(handle, "curl_multi_init", &library->multi_init)
    && find(handle, "curl_multi_cleanup", &library->multi_cleanup)
    && find(handle, "curl_multi_add_handle", &library->multi_add_handle)
    && find(handle, "curl_multi_remove_handle", &library->multi_remove_handle)
    && find(handle, "curl_multi_perform", &library->multi_perform)
    && find(handle, "curl_multi_poll", &library->multi_poll)
    && find(handle, "curl_multi_wakeup", &library->multi_wakeup)
    && find(handle, "curl_multi_info_read", &library->multi_info_read);
}

/* A library that was opened and found wanting stays open: closing one that started threads is not safe. */
ccurl_load_result ccurl_load(const char *const *names, size_t count) {
  ccurl_load_result result = CCURL_MISSING;
  for (size_t index = 0; index < count; index++) {
    void *handle = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) continue;
    struct library found;
    if (!find_all(handle, &found)) {
      result = CCURL_TOO_OLD;
      continue;
    }
    if (found.global_init(GLOBAL_DEFAULT) != 0) return CCURL_BROKEN;
    curl = found;
    return CCURL_LOADED;
  }
  return result;
}

ccurl_easy *ccurl_easy_create(void) { return curl.easy_init(); }
void ccurl_easy_destroy(ccurl_easy *easy) { curl.easy_cleanup(easy); }
void ccurl_easy_reset(ccurl_easy *easy) { curl.easy_reset(easy); }

ccurl_code ccurl_set_text(ccurl_easy *easy, ccurl_text_option option, const char *text) {
  return (ccurl_code)curl.easy_setopt(easy, (int)option, text);
}

ccurl_code ccurl_set_number(ccurl_easy *easy, ccurl_number_option option, long number) {
  return (ccurl_code)curl.easy_setopt(easy, (int)option, number);
}

ccurl_code ccurl_set_headers(ccurl_easy *easy, ccurl_headers *headers) {
  return (ccurl_code)curl.easy_setopt(easy, OPT_HTTPHEADER, headers);
}

ccurl_code ccurl_set_request_body(ccurl_easy *easy, const void *bytes, int64_t count) {
  /* The size first: otherwise the bytes are measured with strlen. */
  int code = curl.easy_setopt(easy, OPT_POSTFIELDSIZE_LARGE, count);
  if (code == CCURL_OK) code = curl.easy_setopt(easy, OPT_COPYPOSTFIELDS, bytes);
  return (ccurl_code)code;
}

ccurl_code ccurl_set_receiver(ccurl_easy *easy, ccurl_body_callback callback, void *context) {
  int code = curl.easy_setopt(easy, OPT_WRITEFUNCTION, callback);
  if (code == CCURL_OK) code = curl.easy_setopt(easy, OPT_WRITEDATA, context);
  return (ccurl_code)code;
}

ccurl_code ccurl_set_error_buffer(ccurl_easy *easy, char *buffer) {
  return (ccurl_code)curl.easy_setopt(easy, OPT_ERRORBUFFER, buffer);
}

const char *ccurl_get_text(ccurl_easy *easy, ccurl_text_info info) {
  const char *text = NULL;
  return curl.easy_getinfo(easy, (int)info, &text) == CCURL_OK ? text : NULL;
}

long ccurl_get_number(ccurl_easy *easy, ccurl_number_info info) {
  long number = 0;
  return curl.easy_getinfo(easy, (int)info, &number) == CCURL_OK ? number : 0;
}

ccurl_headers *ccurl_headers_append(ccurl_headers *headers, const char *line) {
  return curl.slist_append(headers, line);
}

void ccurl_headers_destroy(ccurl_headers *headers) { curl.slist_free_all(headers); }

ccurl_multi *ccurl_multi_create(void) { return curl.multi_init(); }
void ccurl_multi_destroy(ccurl_multi *multi) { curl.multi_cleanup(multi); }
int ccurl_multi_add(ccurl_multi *multi, ccurl_easy *easy) { return curl.multi_add_handle(multi, easy); }
int ccurl_multi_remove(ccurl_multi *multi, ccurl_easy *easy) { return curl.multi_remove_handle(multi, easy); }
int ccurl_multi_perform(ccurl_multi *multi, int *running) { return curl.multi_perform(multi, running); }

int ccurl_multi_poll(ccurl_multi *multi, int milliseconds) {
  return curl.multi_poll(multi, NULL, 0, milliseconds, NULL);
}

int ccurl_multi_wakeup(ccurl_multi *multi) { return curl.multi_wakeup(multi); }

int ccurl_multi_take_result(ccurl_multi *multi, ccurl_code *code) {
  int left = 0;
  struct message *message;
  while ((message = curl.multi_info_read(multi, &left)) != NULL) {
    if (message->kind == MESSAGE_DONE) {
      *code = (ccurl_code)message->data.result;
      return 1;
    }
  }
  return 0;
}
