#include "connection.h"

#include <sys/socket.h>

namespace baton {

void Connection::end() {
  ::shutdown(socket.get(), SHUT_RDWR);
  socket.reset();
}

}  // namespace baton
