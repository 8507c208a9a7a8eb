"""The application joins the steps: only this folder knows all of them."""
