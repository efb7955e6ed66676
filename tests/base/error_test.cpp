#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace aml {
namespace {

TEST(Error, KindsHaveTheDocumentedExitCodes) {
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::bad_input), 3);
  EXPECT_EQ(exit_code(ErrorKind::not_found), 4);
  EXPECT_EQ(exit_code(ErrorKind::unavailable), 5);
  EXPECT_EQ(exit_code(ErrorKind::denied), 6);
  EXPECT_EQ(exit_code(ErrorKind::no_space), 7);
  EXPECT_EQ(exit_code(ErrorKind::internal), 1);
  EXPECT_EQ(exit_code(ErrorKind::interrupted), 130);
}

TEST(Error, AFullDiskIsItsOwnKind) {
  EXPECT_EQ(system_error("cannot write x", ENOSPC).kind(), ErrorKind::no_space);
  EXPECT_EQ(system_error("cannot read x", ENOENT).kind(), ErrorKind::not_found);
  EXPECT_EQ(system_error("cannot write x", EROFS).kind(), ErrorKind::denied);
  EXPECT_EQ(system_error("cannot write x", EFBIG).kind(), ErrorKind::no_space);
}

TEST(Error, ThisMachinesRefusalsAreToldFromDamage) {
  EXPECT_EQ(system_error("cannot read x", EMFILE).kind(), ErrorKind::unavailable);
  EXPECT_EQ(system_error("cannot write x", EPIPE).kind(), ErrorKind::unavailable);
  EXPECT_EQ(system_error("cannot write x", ENAMETOOLONG).kind(), ErrorKind::usage);
  EXPECT_EQ(system_error("cannot read x", ENOTDIR).kind(), ErrorKind::not_found);
  EXPECT_EQ(system_error("cannot read x", EIO).kind(), ErrorKind::bad_input);
}

}  // namespace
}  // namespace aml
