"""Runs unittest cases and prints TAP, so that meson counts each claim. A test file ends with tap.main()."""
import sys
import unittest


class Printer(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.failed = 0

    def line(self, verdict, test, remark=""):
        print(f"{verdict} {self.testsRun} - {test.id().split('.')[-1].removeprefix('test_')}{remark}", flush=True)

    def addSuccess(self, test):
        self.line("ok", test)

    def addSkip(self, test, reason):
        self.line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, error):
        self.failed += 1
        self.line("not ok", test)
        for text in self._exc_info_to_string(error, test).splitlines():
            print("# " + text)

    addError = addFailure


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    print(f"1..{suite.countTestCases()}", flush=True)
    printer = Printer()
    suite.run(printer)
    sys.exit(1 if printer.failed else 0)
