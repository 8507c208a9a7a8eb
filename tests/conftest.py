from playwright.async_api import expect

expect.set_options(timeout=20_000)  # a busy machine draws late, and how late is for benchmarks to say
