// Runs a task in a test, without a session: beside others, until it ends or its list is destroyed.
#pragma once

#include <utility>

#include "proxy/root_task.h"

namespace sallyport::test {

/// Runs `work` at once and hands its result to `then`.
template <class T, class Then>
RootTask run_task([[maybe_unused]] RootTask::List& among, task<T> work, Then then) {
  then(co_await work);
}

}  // namespace sallyport::test
