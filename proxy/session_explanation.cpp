// The part of a session that explains a refused CONNECT within TLS, in the words of the AWS service
// that was asked for: botocore prints nothing of a refused CONNECT, and tries it again (DESIGN.md,
// Reasons). Nothing is dialled and nothing is recorded but the refusal.
#include "policy/aws/endpoint.h"
#include "proxy/http/aws_refusal.h"
#include "proxy/http/reply.h"
#include "proxy/refusal_words.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

}  // namespace

bool Session::is_explained(Reason reason) {
  const auto& interception = worker_.snapshot().interception;
  if (!interception || !interception->explains_refused || worker_.tls() == nullptr) return false;
  const Facts& facts = judging_->facts();
  const ReasonClass reason_class = info(reason).reason_class;
  const bool is_of_policy = reason_class == ReasonClass::policy || reason_class == ReasonClass::aws;
  return is_of_policy && facts.port == kHttpsPort && aws_host(facts.host) &&
         worker_.tls()->client.can_show(facts.host) &&
         worker_.explanations().take(arrival_.client, steady_clock::now());
}

task<> Session::explain_refusal(Reason reason) {
  const Host& host = judging_->facts().host;
  const std::string hint = hint_for(worker_.snapshot(), judging_->facts(), reason);
  Refusal words = judging_->refusal_for(reason, hint);
  const std::string id = judging_->attempt().id().text();
  SslPtr ssl = client_end_for(host, ClientTls::Naming::named);
  if (!ssl) co_return co_await tell_and_close(words);
  judging_->record().tls = TlsUse::intercepted;
  // What is borrowed of the record and of the snapshot, which another may take the place of.
  const std::string rule(words.rule);
  const std::string contact(words.contact);
  words.rule = rule;
  words.contact = contact;
  judging_->finish(200);
  sys::send(client().fd(), kConnectEstablished.data(), kConnectEstablished.size());
  tls_ = std::make_unique<TlsConnection>(std::move(ssl), std::exchange(early_, {}));
  const TlsStream::Handshake how = co_await shake_hands(*socket_, *tls_, Phase::client_hello);
  if (how != TlsStream::Handshake::done) {
    tls_->is_truncated = true;
    co_return co_await answer_and_close({}, true);
  }
  words.id = id;
  words.format = format_of_service(*aws_host(host));
  const std::string answer = co_await answer_to_request(words);
  if (!answer.empty()) co_await answer_and_close(answer, true);
}

// The request is read for the form of its answer alone.
task<std::string> Session::answer_to_request(Refusal words) {
  RequestHeadReader reader(HeadPlace::https_origin,
                           {.bytes = worker_.snapshot().limits.header_bytes});
  worker_.deadlines().arm(*this, Phase::header);
  for (;;) {
    const HeadProgress progress = reader.read(early_);
    if (progress == HeadProgress::done) break;
    if (progress == HeadProgress::refused) co_return std::string();
    const Read how = co_await read_more();
    if (how != Read::more) co_return std::string();
    early_ += chunk_;
  }
  worker_.deadlines().disarm(*this);
  const RequestHead head = reader.take();
  words.is_head_method = head.method == "HEAD";
  words.format = aws_format(head.fields, words.format);
  co_return aws_refusal(words);
}

}  // namespace sallyport
