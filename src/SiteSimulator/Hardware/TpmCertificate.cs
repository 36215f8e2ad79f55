using System.Formats.Asn1;

namespace Nico.SiteSimulator.Hardware;

/// <summary>
/// The endorsement key certificate in a machine's TPM: a well-formed X.509 certificate whose key and signature are drawn, not made,
/// since nobody checks them and thousands are needed at start.
/// </summary>
internal static class TpmCertificate
{
    private static readonly DateTimeOffset NotBefore = new(2023, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NotAfter = new(2043, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>DER, about 1.2 kB.</summary>
    public static byte[] Make(Seed seed, string key)
    {
        var draws = seed.Draws("tpm " + key);
        Span<byte> serial = stackalloc byte[16];
        Span<byte> modulus = stackalloc byte[256];
        Span<byte> signature = stackalloc byte[256];
        Span<byte> keyId = stackalloc byte[20];
        draws.Fill(serial);
        draws.Fill(modulus);
        draws.Fill(signature);
        draws.Fill(keyId);
        serial[0] = 0x4b;
        modulus[0] |= 0x80;
        modulus[255] |= 1;

        var writer = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 1536);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    writer.WriteInteger(2);
                }

                writer.WriteInteger(serial);
                Algorithm(writer);
                Name(writer, "Infineon Technologies AG", "OPTIGA(TM) TPM2.0", "Infineon OPTIGA(TM) TPM 2.0 RSA CA 042");
                using (writer.PushSequence())
                {
                    writer.WriteUtcTime(NotBefore);
                    writer.WriteUtcTime(NotAfter);
                }

                Name(writer, "Infineon Technologies AG", "OPTIGA(TM) TPM2.0", "SLB 9672 " + draws.Letters(12));
                using (writer.PushSequence())
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
                        writer.WriteNull();
                    }

                    var rsa = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 300);
                    using (rsa.PushSequence())
                    {
                        rsa.WriteIntegerUnsigned(modulus);
                        rsa.WriteInteger(65537);
                    }

                    writer.WriteBitString(rsa.Encode());
                }

                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
                using (writer.PushSequence())
                {
                    Extension(writer, "2.5.29.35", w =>
                    {
                        using (w.PushSequence())
                        {
                            w.WriteOctetString("Infineon CA 042 keyid"u8[..20], new Asn1Tag(TagClass.ContextSpecific, 0));
                        }
                    });
                    var subject = keyId.ToArray();
                    Extension(writer, "2.5.29.14", w => w.WriteOctetString(subject));
                    Extension(writer, "2.5.29.19", w =>
                    {
                        using (w.PushSequence())
                        {
                        }
                    });
                    Extension(writer, "2.5.29.37", w =>
                    {
                        using (w.PushSequence())
                        {
                            w.WriteObjectIdentifier("2.23.133.8.1");
                        }
                    });
                    Extension(writer, "2.5.29.31", w => Urls(w,
                        "http://pki.tpm.example/OptigaRsaMfrCA042/OptigaRsaMfrCA042.crl",
                        "http://mirror.pki.tpm.example/OptigaRsaMfrCA042/OptigaRsaMfrCA042.crl"));
                }
            }

            Algorithm(writer);
            writer.WriteBitString(signature);
        }

        return writer.Encode();
    }

    private static void Algorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.1.11");
            writer.WriteNull();
        }
    }

    private static void Name(AsnWriter writer, string organization, string unit, string common)
    {
        using (writer.PushSequence())
        {
            Part("2.5.4.10", organization);
            Part("2.5.4.11", unit);
            Part("2.5.4.3", common);
        }

        void Part(string oid, string text)
        {
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
            }
        }
    }

    private static void Extension(AsnWriter writer, string oid, Action<AsnWriter> value)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 256);
        value(inner);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteOctetString(inner.Encode());
        }
    }

    // CRLDistributionPoints: one point with the full names of the list's places.
    private static void Urls(AsnWriter writer, params ReadOnlySpan<string> urls)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            foreach (var url in urls)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, url, new Asn1Tag(TagClass.ContextSpecific, 6));
            }
        }
    }
}
