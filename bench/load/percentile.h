// Percentiles of latencies, exact: every sample is kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

// Orders `samples`. `share` is 0.5 for the median. Zero if there are no samples.
inline double percentile(std::vector<float>& samples, double share) {
  if (samples.empty()) return 0;
  auto const last = static_cast<double>(samples.size() - 1);
  auto const nth = samples.begin() + static_cast<std::ptrdiff_t>(last * share);
  std::nth_element(samples.begin(), nth, samples.end());
  return static_cast<double>(*nth);
}
