// Runs the registered tests: prints failures and, as the last line, "N passed, N failed".
// Arguments: -v names each test as it runs; any other text picks the tests whose names contain it.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace {

void run_matching(CppUnit::Test* test, const std::string& part, CppUnit::TestResult* result) {
  if (test->getChildTestCount() == 0) {
    if (test->getName().find(part) != std::string::npos) test->run(result);
    return;
  }
  for (int i = 0; i < test->getChildTestCount(); ++i) {
    run_matching(test->getChildTestAt(i), part, result);
  }
}

int failed_tests(const CppUnit::TestResultCollector& collector) {
  std::set<CppUnit::Test*> failed;
  for (CppUnit::TestFailure* failure : collector.failures()) failed.insert(failure->failedTest());
  return static_cast<int>(failed.size());
}

int report(CppUnit::TestResultCollector* collector) {
  const int failed = failed_tests(*collector);
  const int passed = collector->runTests() - failed;
  if (failed != 0) CppUnit::CompilerOutputter(collector, std::cout).write();
  if (collector->runTests() == 0) std::cout << "No test was run.\n";
  std::cout << passed << " passed, " << failed << " failed" << std::endl;
  return failed == 0 && passed != 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string part;
  CppUnit::TestResult result;
  CppUnit::TestResultCollector collector;
  CppUnit::BriefTestProgressListener progress;
  result.addListener(&collector);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "-v") {
      result.addListener(&progress);
    } else {
      part = argv[i];
    }
  }
  const std::unique_ptr<CppUnit::Test> tests(
      CppUnit::TestFactoryRegistry::getRegistry().makeTest());
  run_matching(tests.get(), part, &result);
  return report(&collector);
}
