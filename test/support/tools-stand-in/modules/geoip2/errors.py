class AddressNotFoundError(RuntimeError):
    pass
