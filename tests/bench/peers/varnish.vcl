# Varnish with its defaults: collapsing, kept-alive connections, malloc storage (see peers.py).
vcl 4.1;
backend origin {
  .host = "127.0.0.1";
  .port = "@ORIGIN@";
  .max_connections = 4096;
}
sub vcl_recv {
  if (req.url == "/pass") { return (pass); }
}
