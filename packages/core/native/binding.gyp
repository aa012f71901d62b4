{
  "targets": [
    {
      "target_name": "baton",
      "sources": [
        "src/socket.cc",
        "src/tcp.cc",
        "src/message.cc",
        "src/channel.cc",
        "src/closer.cc",
        "src/connection.cc",
        "src/ledger.cc",
        "src/claimed_copies.cc",
        "src/offers.cc",
        "src/stall_watch.cc",
        "src/outbox.cc",
        "src/target.cc",
        "src/queue_watch.cc",
        "src/rebalancer.cc",
        "src/listening_socket.cc",
        "src/held_sockets.cc",
        "src/reuseport_group.cc",
        "src/listener.cc",
        "src/policy.cc",
        "src/snapshot.cc",
        "src/poller.cc",
        "src/dispatcher.cc",
        "src/dispatcher_listening.cc",
        "src/dispatcher_accept.cc",
        "src/dispatcher_handover.cc",
        "src/dispatcher_channel.cc",
        "src/dispatcher_give_back.cc",
        "src/late_closes.cc",
        "src/hang_up_watch.cc",
        "src/vacancies.cc",
        "src/receiver.cc",
        "src/process.cc",
        "src/file_rights.cc",
        "src/signals.cc",
        "src/binding_own_listeners.cc",
        "src/binding.cc",
        "src/binding_convert.cc",
        "src/binding_sockets.cc",
        "src/binding_dispatcher.cc",
        "src/binding_receiver.cc",
        "src/binding_process.cc",
        "src/binding_signals.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      "cflags_cc!": ["-std=gnu++20", "-std=gnu++17"],
      "cflags_cc": ["-std=c++17", "-fno-exceptions", "-fvisibility=hidden", "-Wall", "-Wextra"],
      "conditions": [
        ["'<!(node -p \"process.env.CI ? 1 : 0\")' == '1'", {"cflags_cc": ["-Werror"]}]
      ],
      "ldflags": ["-Wl,-z,relro,-z,now"]
    }
  ]
}
