/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends back what comes, on each port that it is told: the guest's busybox has no server for UDP.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define MAX_PORTS 16

static void
answer (int fd)
{
  struct sockaddr_in6 peer;
  socklen_t size = sizeof peer;
  char text[2048];
  ssize_t n = recvfrom (fd, text, sizeof text, 0, (struct sockaddr *)&peer, &size);

  if (n >= 0)
    sendto (fd, text, (size_t)n, 0, (struct sockaddr *)&peer, size);
}

int
main (int argc, char **argv)
{
  struct pollfd fds[MAX_PORTS];
  nfds_t n = 0;

  for (int i = 1; i < argc && n < MAX_PORTS; i++, n++)
    {
      struct sockaddr_in6 own = { .sin6_family = AF_INET6, .sin6_port = htons (atoi (argv[i])) };

      fds[n].fd = socket (AF_INET6, SOCK_DGRAM, 0);
      fds[n].events = POLLIN;
      if (bind (fds[n].fd, (struct sockaddr *)&own, sizeof own) < 0)
        return 1;
    }
  while (poll (fds, n, -1) > 0)
    for (nfds_t i = 0; i < n; i++)
      if (fds[i].revents)
        answer (fds[i].fd);
  return 1;
}
