// The SMTP client of libcurl at its best for many mails: a multi handle, one easy handle a connection, connections kept.
// (libcurl waits for each reply: four round trips a mail.)
//
// usage: libcurl_pool PORT MAILS CONNECTIONS FILE
// Prints one JSON object: mails accepted, seconds from the first connection to the last reply, CPU seconds.

#include <curl/curl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct connection {
  CURL* handle = nullptr;
  curl_slist* recipients = nullptr;
  const std::string* mail = nullptr;
  size_t at = 0;
};

size_t read_mail(char* to, size_t size, size_t count, void* from) {
  auto* c = static_cast<connection*>(from);
  const auto bytes = std::min(size * count, c->mail->size() - c->at);
  std::memcpy(to, c->mail->data() + c->at, bytes);
  c->at += bytes;
  return bytes;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: libcurl_pool PORT MAILS CONNECTIONS FILE\n");
    return 2;
  }
  const auto url = std::string{"smtp://127.0.0.1:"} + argv[1] + "/localhost";
  const auto mails = static_cast<size_t>(std::atol(argv[2]));
  std::ifstream in{argv[4], std::ios::binary};
  std::ostringstream content;
  content << in.rdbuf();
  const auto mail = content.str();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = curl_multi_init();
  std::vector<connection> connections(static_cast<size_t>(std::atol(argv[3])));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections.size()));
  size_t begun_mails = 0, accepted = 0, ended = 0;
  const auto begun = std::chrono::steady_clock::now();
  const auto cpu_begun = cpu_seconds();
  for (auto& c : connections) {
    if (begun_mails == mails) break;
    c.handle = curl_easy_init();
    c.mail = &mail;
    c.recipients = curl_slist_append(nullptr, "someone@customer.example");
    curl_easy_setopt(c.handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(c.handle, CURLOPT_MAIL_FROM, "cart@shop.example");
    curl_easy_setopt(c.handle, CURLOPT_MAIL_RCPT, c.recipients);
    curl_easy_setopt(c.handle, CURLOPT_READFUNCTION, read_mail);
    curl_easy_setopt(c.handle, CURLOPT_READDATA, &c);
    curl_easy_setopt(c.handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c.handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
    curl_easy_setopt(c.handle, CURLOPT_PRIVATE, &c);
    curl_multi_add_handle(multi, c.handle);
    ++begun_mails;
  }
  for (int running = 1; ended < mails;) {
    curl_multi_perform(multi, &running);
    int left = 0;
    while (CURLMsg* m = curl_multi_info_read(multi, &left)) {
      if (m->msg != CURLMSG_DONE) continue;
      ++ended;
      if (m->data.result == CURLE_OK)
        ++accepted;
      else
        std::fprintf(stderr, "libcurl_pool: %s\n", curl_easy_strerror(m->data.result));
      connection* c = nullptr;
      curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
      curl_multi_remove_handle(multi, c->handle);
      if (begun_mails == mails) continue;
      c->at = 0;
      curl_multi_add_handle(multi, c->handle);
      ++begun_mails;
    }
    if (ended < mails) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("{\"mails\": %zu, \"seconds\": %.6f, \"cpu\": %.6f}\n", accepted, took.count(),
              cpu_seconds() - cpu_begun);
  return accepted == mails ? 0 : 1;
}
