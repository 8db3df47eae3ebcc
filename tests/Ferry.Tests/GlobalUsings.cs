global using Ferry.Protocol.Transfers;
