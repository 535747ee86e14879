// Boost.JSON as source: Debian's package has no library of it.
#include <boost/json/src.hpp>
