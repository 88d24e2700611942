// RecordFormat: how `koine consume` prints a record; the escapes are kcat's.
//
//   %t topic   %p partition   %o offset   %T timestamp in milliseconds
//   %k key     %K its size    %s value    %S its size (-1: null)     %h headers, "a=1,b=2"
//   %% percent    \n \r \t \0 \\ \xHH
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/record_reader.h"

namespace koine::cli {

struct PrintedRecord {
  std::string_view topic;
  std::int32_t partition = 0;
  const core::Record* record = nullptr;
};

class RecordFormat {
 public:
  // Errors: invalid_argument: names the escape that is not one.
  static Result<RecordFormat> parse(std::string_view text);

  std::string print(const PrintedRecord& printed) const;

 private:
  struct Piece {
    std::string text;
    char escape = '\0';  // '\0': the text
  };
  std::vector<Piece> pieces_;
};

// One JSON object, without a newline. Bytes that are not UTF-8 are replaced.
std::string print_as_json(const PrintedRecord& printed);

}  // namespace koine::cli
