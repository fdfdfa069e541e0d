"""IKEv2 exchanges with ML-KEM on a chosen library: IKE_SA_INIT, IKE_INTERMEDIATE and, where it is permitted, an IKE_AUTH that
fails.
"""
