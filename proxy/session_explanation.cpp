// The part of a session that explains a refused CONNECT within TLS, in the words of the AWS service
// that was asked for: botocore prints nothing of a refused CONNECT, and tries it again (DESIGN.md,
// Reasons). Nothing is dialled and nothing is recorded but the refusal.
#include "proxy/http/reply.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

}  // namespace

bool Session::takes_explanation(Reason reason) {
  const auto& interception = worker_.snapshot().interception;
  if (!interception || !interception->explains_refused || worker_.tls() == nullptr) return false;
  const Facts& facts = judging_->facts();
  const ReasonClass reason_class = info(reason).reason_class;
  const bool is_of_policy = reason_class == ReasonClass::policy || reason_class == ReasonClass::aws;
  return is_of_policy && facts.port == kHttpsPort && aws_host_of(facts.host) != nullptr &&
         worker_.tls()->client.can_show(facts.host) &&
         worker_.explanations().take(arrival_.client, steady_clock::now());
}

task<> Session::explain_refusal(Reason reason, std::string hint) {
  const Host& host = judging_->facts().host;
  SslPtr ssl = client_end_for(host, ClientTls::Naming::named);
  if (!ssl) co_return co_await tell_and_close(judging_->refusal_for(reason, hint));
  judging_->record().tls = TlsUse::intercepted;
  judging_->finish(200);
  sys::send(client().fd(), kConnectEstablished.data(), kConnectEstablished.size());
  tls_ = std::make_unique<TlsConnection>(std::move(ssl), std::exchange(early_, {}));
  const TlsStream::Handshake how = co_await shake_hands(*socket_, *tls_, Phase::client_hello);
  if (how != TlsStream::Handshake::done) co_return co_await close_without_answer();
  // The request is read for the form of its answer alone.
  const HeadProgress progress = co_await read_head_bytes(Phase::header);
  if (progress != HeadProgress::done) co_return co_await close_without_answer();
  const RequestHead head = head_reader_.take();
  judging_->tell_as_service(head, *aws_host_of(host));
  constexpr bool kMoreComes = true;
  co_await answer_and_close(refusal(judging_->refusal_for(reason, hint)), kMoreComes);
}

}  // namespace sallyport
