"""The Discord side: requests, replies, components, texts, permissions and delivery."""
