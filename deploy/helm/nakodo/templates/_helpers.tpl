{{- define "nakodo.services" -}}startups investors programs matching meetings accounts notices{{- end }}
{{- define "nakodo.image" -}}{{ .Values.image.repository }}:{{ .Values.image.tag }}{{- end }}
{{- define "nakodo.labels" -}}
app.kubernetes.io/name: nakodo
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}
{{- define "nakodo.pod" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 45
securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: { type: RuntimeDefault } }
{{- end }}
{{- define "nakodo.container" -}}
securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
{{- end }}
{{- /* The environment of a role: the same names as in docker-compose.yml, which a test compares. */ -}}
{{- define "nakodo.env" -}}
{{- $v := .root.Values -}}
- { name: NAKODO_EVENTLOG_URL, value: "kafka://{{ .root.Release.Name }}-kafka-bootstrap:9093" }
- { name: NAKODO_KAFKA_SECURITY, value: SASL_SSL }
- { name: NAKODO_KAFKA_SASL, value: SCRAM-SHA-512 }
- { name: NAKODO_KAFKA_CA, value: /kafka-ca/ca.crt }
- { name: NAKODO_JWKS, value: /published/jwks.json }
- { name: NAKODO_OPS, value: "0.0.0.0:9100" }
- { name: NAKODO_WORKERS, value: "1" }
- { name: NAKODO_CONNECTIONS, value: {{ $v.connections | quote }} }
- { name: NAKODO_URL, value: "http://door:8081" }
- { name: NAKODO_DEMO, value: "0" }
- { name: NAKODO_PROXIES, value: {{ $v.proxies | quote }} }
- { name: NAKODO_PUBLIC_URL, value: {{ $v.publicUrl | quote }} }
- { name: NAKODO_LOG_LEVEL, value: {{ $v.logLevel | quote }} }
{{- if $v.traces }}
- { name: NAKODO_TRACES, value: {{ $v.traces | quote }} }
{{- end }}
{{- if ne .service "portal" }}
- { name: NAKODO_KAFKA_USER, value: {{ .service }} }
- { name: NAKODO_KAFKA_PASSWORD, valueFrom: { secretKeyRef: { name: {{ .service }}, key: password } } }
- { name: DATABASE_PASSWORD, valueFrom: { secretKeyRef: { name: {{ .root.Release.Name }}-db-{{ .service }}, key: password } } }
- { name: NAKODO_DATABASE_URL, value: "postgresql://{{ .service }}:$(DATABASE_PASSWORD)@{{ .root.Release.Name }}-db-rw/{{ .service }}" }
{{- end }}
{{- if eq .service "accounts" }}
- { name: NAKODO_OIDC_ISSUER, value: {{ $v.openid.issuer | quote }} }
- { name: NAKODO_OIDC_CLIENT, value: {{ $v.openid.client | quote }} }
{{- if $v.openid.secret }}
- { name: NAKODO_OIDC_SECRET, valueFrom: { secretKeyRef: { name: {{ $v.openid.secret }}, key: secret } } }
{{- end }}
{{- end }}
{{- if eq .name "accounts" }}
- { name: NAKODO_ISSUER, value: /issuer }
{{- end }}
{{- if eq .service "notices" }}
- { name: NAKODO_SMTP, value: {{ $v.smtp | quote }} }
- { name: NAKODO_MAIL_FROM, value: {{ $v.mailFrom | quote }} }
{{- end }}
{{- if eq .service "portal" }}
- { name: NAKODO_OIDC_NAME, value: {{ $v.openid.name | quote }} }
{{- end }}
{{- if eq .name "matching-streams" }}
- { name: NAKODO_STREAMS, value: {{ $v.streams | quote }} }
{{- end }}
{{- end }}
{{- define "nakodo.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: published, mountPath: /published, readOnly: true }
- { name: kafka-ca, mountPath: /kafka-ca, readOnly: true }
{{- if ne .service "investors" }}
- { name: keys, mountPath: /data/keys, readOnly: true }
{{- end }}
{{- if eq .name "accounts" }}
- { name: issuer, mountPath: /issuer, readOnly: true }
{{- end }}
{{- if eq .service "startups" }}
- { name: documents, mountPath: /data/documents }
{{- end }}
{{- end }}
{{- define "nakodo.volumes" -}}
- { name: tmp, emptyDir: {} }
- { name: published, secret: { secretName: {{ .root.Values.secrets.published }} } }
- { name: kafka-ca, secret: { secretName: {{ .root.Release.Name }}-cluster-ca-cert } }
{{- if ne .service "investors" }}
- { name: keys, secret: { secretName: {{ .root.Values.secrets.workers }}-{{ .service }}, defaultMode: 288 } }
{{- end }}
{{- if eq .name "accounts" }}
- { name: issuer, secret: { secretName: {{ .root.Values.secrets.issuer }}, defaultMode: 288 } }
{{- end }}
{{- if eq .service "startups" }}
- { name: documents, persistentVolumeClaim: { claimName: {{ .root.Release.Name }}-documents } }
{{- end }}
{{- end }}
